using System.Diagnostics;
using Collimate.Generation;
using Collimate.Recipes.Schema;
using Collimate.Torch;

namespace Collimate.Server.Inference;

/// <summary>One thread that computes: it lets prompts join the answers that it is writing, a prompt between two tokens, and writes all of them a token at a time.</summary>
internal sealed class EngineWorker
{
    private readonly BuiltModel built;
    private readonly JobQueue queue;
    private readonly PictureSight sight;
    private readonly PrefixStore prefixes;
    private readonly EngineMeters meters;
    private readonly int slots;
    private readonly Thread thread;
    private readonly List<ActiveAnswer> answers = [];
    private volatile bool isStopping;

    public EngineWorker(string name, BuiltModel built, JobQueue queue, PictureSight sight, PrefixStore prefixes, EngineMeters meters, int slots)
    {
        (this.built, this.queue, this.sight, this.prefixes, this.meters, this.slots) = (built, queue, sight, prefixes, meters, slots);
        thread = new Thread(Work) { IsBackground = true, Name = name };
        thread.Start();
    }

    /// <summary>Ends the answers that are being written, and the thread.</summary>
    public void Stop()
    {
        isStopping = true;
        queue.Close();
        thread.Join();
    }

    private void Work()
    {
        using var off = GradMode.Disable();
        while (!isStopping)
        {
            Drop(answer => answer.Job.Cancellation.IsCancellationRequested);
            if (queue.Take(slots - answers.Count, waits: answers.Count == 0) is { } job)
            {
                Guarded(() => Begin(job), failure => job.Abandon(failure));
            }

            if (answers.Count > 0)
            {
                Guarded(Step, FailAll);
            }
        }

        Drop(_ => true);
    }

    private void Begin(ChatJob job)
    {
        using var scope = new TensorScope();
        var begun = Stopwatch.GetTimestamp();
        using var batch = sight.Look(job.Prompt);
        var composed = built.Model.Compose(batch);
        var (logits, state, known) = prefixes.Run(job.Prompt, composed);
        job.Known = known;
        var length = composed.Sequence.Positions.RowLengths[0];
        var isTaken = false;
        try
        {
            var scores = Read(logits);
            for (var choice = 0; choice < job.Choices; choice++)
            {
                var request = new GenerationRequest(job.Prompt.Layout.TokenIds, job.Options, (ulong)choice) { Likeliest = job.Likeliest };
                var row = new GenerationRow(choice, request, ids => built.Tokenizer.Decode(ids));
                if (row.Reason is not null)
                {
                    job.End(); // no token was asked for
                    continue;
                }

                Choose(job, row, [.. scores], length, isFirst: true);
                if (row.Reason is null)
                {
                    var isLast = choice == job.Choices - 1;
                    answers.Add(new ActiveAnswer(job, row, isLast ? state : state.Copy(), composed.Hook?.AfterPrompt(), length));
                    isTaken |= isLast;
                }
            }
        }
        finally
        {
            if (!isTaken)
            {
                state.Dispose();
            }

            meters.Prompt(job, Stopwatch.GetElapsedTime(job.Queued, begun), Stopwatch.GetElapsedTime(begun));
        }
    }

    private void Step()
    {
        using var scope = new TensorScope();
        var language = built.Model.Language;
        int[] last = [.. answers.Select(answer => answer.Row.LastToken)];
        var scores = Read(language.Step(last, [.. answers.Select(answer => answer.State)], [.. answers.Select(answer => answer.Hook)])); // [rows, vocabulary]
        var width = scores.Length / answers.Count;
        for (var row = 0; row < answers.Count; row++)
        {
            var answer = answers[row];
            Choose(answer.Job, answer.Row, scores.AsSpan(row * width, width), ++answer.Length, isFirst: false);
        }

        meters.Step(answers.Count);
        Drop(answer => answer.Row.Reason is not null);
    }

    private void Choose(ChatJob job, GenerationRow row, Span<float> scores, int length, bool isFirst)
    {
        var piece = row.Advance(scores, built.Model.Language.Config.MaxPositions - length);
        meters.Token(job, isFirst);
        job.Tell(new AnswerPiece(row.Number, piece));
        if (piece.Reason is not null)
        {
            job.End();
        }
    }

    private void FailAll(Exception failure)
    {
        foreach (var answer in answers)
        {
            answer.Job.Abandon(failure);
        }

        Drop(_ => true);
    }

    // What is dropped without having ended is told so; whoever asked has left, or is told more by others.
    private void Drop(Predicate<ActiveAnswer> isOver)
    {
        for (var row = answers.Count - 1; row >= 0; row--)
        {
            if (isOver(answers[row]))
            {
                var answer = answers[row];
                answers.RemoveAt(row);
                if (answer.Row.Reason is null)
                {
                    answer.Job.Abandon(new OperationCanceledException("the answer was ended before its end"));
                }

                answer.Dispose();
            }
        }

        meters.Writing(this, answers.Count);
    }

    // A fault of one prompt or step is told to those it concerns; the thread goes on.
    private void Guarded(Action action, Action<Exception> fail)
    {
        try
        {
            action();
        }
#pragma warning disable CA1031 // whatever it is, it belongs to whoever waits for the answer
        catch (Exception failure)
#pragma warning restore CA1031
        {
            meters.Failed();
            fail(failure);
        }
    }

    private static float[] Read(Tensor logits) => logits.To(Device.Cpu).To(ScalarType.Float32).ToArray<float>();
}
