using System.Text;
using System.Text.Json;
using Collimate.Generation;
using Collimate.Server.Inference;
using Collimate.Server.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Collimate.Server.Chat;

/// <summary>Tells the answers to one request in OpenAI's form.</summary>
/// <param name="engine">The model's engine.</param>
/// <param name="plan">What was asked.</param>
/// <param name="prompt">The prompt.</param>
/// <param name="job">The answers as they are written.</param>
internal sealed class AnswerWriter(ChatEngine engine, ChatPlan plan, Prompt prompt, ChatJob job)
{
    private static readonly byte[] DataMark = "data: "u8.ToArray();
    private static readonly byte[] EventEnd = "\n\n"u8.ToArray();
    private static readonly byte[] Done = "data: [DONE]\n\n"u8.ToArray();

    private readonly string id = $"chatcmpl-{Guid.NewGuid():N}";
    private readonly long created = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
    private readonly Choice[] choices = [.. Enumerable.Range(0, plan.Choices).Select(_ => new Choice())];

    private bool TellsLikelihood => plan.TellsLikelihood;

    /// <summary>All answers, when they are whole.</summary>
    public async Task<ChatResponse> Whole(CancellationToken cancellation)
    {
        await foreach (var piece in job.Pieces.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            choices[piece.Choice].Add(this, piece.Token);
        }

        return Response("chat.completion", [.. choices.Select((choice, index) => new ChatChoice
        {
            Index = index, Message = new AnswerMessage("assistant", choice.Text.ToString()), FinishReason = choice.Ending,
            Logprobs = plan.TellsLikelihood ? new TokenLogprobs(choice.Likelihoods) : null,
        })]) with { Usage = Usage() };
    }

    /// <summary>The answers as server-sent events, while they are written.</summary>
    public async Task Stream(HttpContext context, bool includeUsage)
    {
        var leaving = context.RequestAborted;
        // What fails before the first token is still a plain error.
        await job.Pieces.WaitToReadAsync(leaving).ConfigureAwait(false);
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache, no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no"; // a proxy that gathers would take away what streaming gives
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        try
        {
            for (var index = 0; index < choices.Length; index++)
            {
                await Send(context, new ChatChoice { Index = index, Delta = new AnswerDelta { Role = "assistant", Content = "" } }).ConfigureAwait(false);
            }

            while (await job.Pieces.WaitToReadAsync(leaving).ConfigureAwait(false))
            {
                while (job.Pieces.TryRead(out var piece))
                {
                    await Send(context, piece).ConfigureAwait(false);
                }

                await context.Response.Body.FlushAsync(leaving).ConfigureAwait(false);
            }

            if (includeUsage)
            {
                await Send(context, Response("chat.completion.chunk", []) with { Usage = Usage() }).ConfigureAwait(false);
            }

            await context.Response.Body.WriteAsync(Done, leaving).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !leaving.IsCancellationRequested)
        {
            // The status is long told; the stream ends with the error as its last event.
            await SendEvent(context, JsonSerializer.SerializeToUtf8Bytes(ErrorBody.Of(ApiException.Internal(context.TraceIdentifier)), ServerJson.Default.ErrorBody)).ConfigureAwait(false);
            throw;
        }
    }

    private async Task Send(HttpContext context, AnswerPiece piece)
    {
        var choice = choices[piece.Choice];
        var (text, likelihood) = choice.Add(this, piece.Token);
        if (text.Length > 0 || likelihood is not null)
        {
            await Send(context, new ChatChoice
            {
                Index = piece.Choice, Delta = new AnswerDelta { Content = text }, Logprobs = likelihood is null ? null : new TokenLogprobs([likelihood]),
            }).ConfigureAwait(false);
        }

        if (piece.Token.Reason is not null)
        {
            await Send(context, new ChatChoice { Index = piece.Choice, Delta = new AnswerDelta(), FinishReason = choice.Ending }).ConfigureAwait(false);
        }
    }

    private Task Send(HttpContext context, ChatChoice choice) => Send(context, Response("chat.completion.chunk", [choice]));

    private static Task Send(HttpContext context, ChatResponse chunk) => SendEvent(context, JsonSerializer.SerializeToUtf8Bytes(chunk, ServerJson.Default.ChatResponse));

    private static async Task SendEvent(HttpContext context, byte[] data)
    {
        await context.Response.Body.WriteAsync(DataMark, context.RequestAborted).ConfigureAwait(false);
        await context.Response.Body.WriteAsync(data, context.RequestAborted).ConfigureAwait(false);
        await context.Response.Body.WriteAsync(EventEnd, context.RequestAborted).ConfigureAwait(false);
    }

    private ChatResponse Response(string kind, IReadOnlyList<ChatChoice> told) => new() { Id = id, Object = kind, Created = created, Model = engine.Name, Choices = told };

    private Usage Usage() => new()
    {
        PromptTokens = prompt.Length, CompletionTokens = choices.Sum(choice => choice.Tokens), PromptTokensDetails = new PromptTokenDetails(job.Known),
    };

    private TokenLogprob Likelihood(GeneratedToken token) => Likelihood(token.Token, token.LogProbability) with
    {
        TopLogprobs = [.. token.Likeliest.Select(other => Likelihood(other.Token, other.LogProbability))],
    };

    private TokenLogprob Likelihood(int token, double logarithm)
    {
        var tokenizer = engine.Built.Tokenizer;
        var bytes = tokenizer.BytesOf(token, skipSpecial: false);
        return new TokenLogprob(Encoding.UTF8.GetString(bytes), double.IsFinite(logarithm) ? logarithm : -9999, [.. bytes.ToArray().Select(value => (int)value)]);
    }

    /// <summary>One answer while it is told.</summary>
    private sealed class Choice
    {
        private readonly TrimmedText trimmed = new();

        public StringBuilder Text { get; } = new();

        public List<TokenLogprob> Likelihoods { get; } = [];

        /// <summary>How many tokens were written, the one that ends an answer not counted.</summary>
        public int Tokens { get; private set; }

        /// <summary>Why it ended; <c>length</c> where no token was asked for.</summary>
        public string Ending { get; private set; } = "length";

        public (string Text, TokenLogprob? Likelihood) Add(AnswerWriter writer, GeneratedToken token)
        {
            var told = trimmed.Add(token.Text);
            Text.Append(told);
            Ending = token.Reason is null or StopReason.Length ? "length" : "stop";
            if (token.Reason == StopReason.StopToken)
            {
                return (told, null);
            }

            Tokens++;
            var likelihood = writer.TellsLikelihood ? writer.Likelihood(token) : null;
            if (likelihood is not null)
            {
                Likelihoods.Add(likelihood);
            }

            return (told, likelihood);
        }
    }
}
