using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Collimate.Data;
using Collimate.Evaluation.Benchmarks.Scoring;

namespace Collimate.Evaluation.Benchmarks.Runs;

/// <summary>Has a language model behind any OpenAI-compatible address grade answers, 0 to 1. What it says is kept beside the samples and never asked twice.</summary>
/// <remarks>A judge is no measure: another one, or another version of the same, grades otherwise. Every grade therefore names the judge and the prompt's version.</remarks>
/// <param name="client">Speaks with the server; its base address is that of the API (…/v1/), and it holds the key.</param>
/// <param name="model">The judge's name there.</param>
/// <param name="prompt">The prompt, with <c>{question}</c>, <c>{truth}</c> and <c>{answer}</c>; our own where null.</param>
public sealed partial class Judge(HttpClient client, string model, string? prompt = null)
{
    private const int Tries = 5;

    // Not MM-Vet's own examples, which belong to their authors: --prompt takes a file with those.
    private const string OwnPrompt = """
        Grade an answer to a question about a picture that you cannot see. You are given what would be right: <AND> parts things that must all be there, <OR> things of which one is enough.
        Say how right the answer is, from 0.0 (all wrong) over 0.5 (half of what matters) to 1.0 (all right), in steps of 0.1. Write the number alone.

        Question: {question}
        Right: {truth}
        Answer: {answer}
        Grade:
        """;

    /// <summary>Grades every answer of a run that has no grade yet.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="progress">Is told how many answers have a grade and how many there are.</param>
    /// <param name="cancellation">Stops after an answer; what is graded stays so.</param>
    /// <returns>The run's report.</returns>
    /// <exception cref="DataException">The run needs no judge, or the judge cannot be understood.</exception>
    public async Task<EvaluationReport> GradeAsync(string folder, Action<int, int>? progress = null, CancellationToken cancellation = default)
    {
        var run = ScoredRun.Load(folder);
        if (run.Metric is not JudgedMetric)
        {
            throw new DataException(folder, $"the metric '{run.Metric.Name}' needs no judge; see the run's {EvaluationReport.FileName}");
        }

        var grades = Grades.Load(folder);
        foreach (var (number, sample) in run.Contents.Samples.Index())
        {
            if (grades.Of(sample) is null)
            {
                var (score, reply) = await AskAsync(sample, cancellation);
                grades.Add(sample, score, prompt is null ? $"{model}, Collimate's prompt 1" : $"{model}, a prompt of one's own", reply);
            }

            progress?.Invoke(number + 1, run.Samples.Count);
        }

        return RunScoring.Report(folder);
    }

    private async Task<(double Score, string Reply)> AskAsync(SampleRecord sample, CancellationToken cancellation)
    {
        var text = (prompt ?? OwnPrompt).Replace("{question}", sample.Prompt.Replace("<image>", "", StringComparison.Ordinal).Trim(), StringComparison.Ordinal)
            .Replace("{truth}", sample.Truth.Answers[0], StringComparison.Ordinal).Replace("{answer}", sample.Raw, StringComparison.Ordinal);
        var reply = "";
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            // As MM-Vet does: asked again a little more at random where the answer is no number.
            reply = await SendAsync(new { model, temperature = attempt * 0.5, max_tokens = 16, messages = new[] { new { role = "user", content = text } } }, cancellation);
            if (Number().Match(reply) is { Success: true } found && double.Parse(found.Value, CultureInfo.InvariantCulture) is >= 0 and <= 1 and var score)
            {
                return (score, reply);
            }
        }

        throw new DataException($"question {sample.Id}", $"the judge wrote '{reply}' instead of a number from 0 to 1, {Tries} times; grades so far are kept, try another judge");
    }

    private async Task<string> SendAsync(object request, CancellationToken cancellation)
    {
        try
        {
            using var response = await client.PostAsJsonAsync("chat/completions", request, cancellation);
            var body = await response.Content.ReadAsStringAsync(cancellation);
            if (!response.IsSuccessStatusCode)
            {
                throw new DataException($"{client.BaseAddress}: the judge's server answers {(int)response.StatusCode}: {body[..Math.Min(body.Length, 200)]}");
            }

            using var document = JsonDocument.Parse(body);
            return document.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString() ?? "";
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException)
        {
            throw new DataException($"{client.BaseAddress}: the judge cannot be asked: {failure.Message}. Expected an OpenAI-compatible address such as http://localhost:8000/v1", failure);
        }
    }

    [GeneratedRegex(@"\d+(?:\.\d+)?")]
    private static partial Regex Number();
}
