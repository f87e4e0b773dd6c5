using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Collimate.Data.Conversations;
using Collimate.Generation;
using Collimate.Server.Hosting;
using Collimate.Server.Protocol;

namespace Collimate.Server.Chat;

/// <summary>Understands a request for an answer, or says which part of it is at fault.</summary>
/// <param name="options">The limits.</param>
internal sealed class ChatRequestReader(ServerOptions options)
{
    private const int MostStops = 16;
    private const int LongestStop = 256;
    private const int MostLikeliest = 20;

    /// <summary>Understands a request.</summary>
    /// <exception cref="ApiException">Something in it is missing, wrong or more than is served.</exception>
    public ChatPlan Read(ChatRequest request)
    {
        RefuseWhatWouldBeIgnored(request);
        var (turns, pictures) = ReadMessages(request.Messages);
        var top = request.TopLogprobs is { } wanted ? InRange(wanted, 0, MostLikeliest, "top_logprobs") : 0;
        if (request.TopLogprobs is not null && request.Logprobs != true)
        {
            throw ApiException.Invalid("top_logprobs needs logprobs: true beside it.", "top_logprobs");
        }

        return new ChatPlan(turns, pictures, ReadOptions(request))
        {
            Choices = InRange(request.N ?? 1, 1, options.MaxChoices, "n"), TellsLikelihood = request.Logprobs == true, Likeliest = top,
        };
    }

    private GenerationOptions ReadOptions(ChatRequest request)
    {
        var tokens = request.MaxCompletionTokens ?? request.MaxTokens;
        var name = request.MaxCompletionTokens is not null ? "max_completion_tokens" : "max_tokens";
        return new GenerationOptions
        {
            MaxNewTokens = tokens is null ? options.MaxTokens : Math.Min(options.MaxTokens, InRange(tokens.Value, 1, int.MaxValue, name)),
            Temperature = InRange(request.Temperature ?? 0, 0, 2, "temperature"),
            TopP = InRange(request.TopP ?? 1, double.Epsilon, 1, "top_p"),
            TopK = InRange(request.TopK ?? 0, 0, int.MaxValue, "top_k"),
            RepetitionPenalty = InRange(request.RepetitionPenalty ?? 1, 0.01, 10, "repetition_penalty"),
            StopStrings = ReadStops(request.Stop ?? []),
            Seed = request.Seed is { } seed ? (ulong)seed : BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))),
        };
    }

    private static IReadOnlyList<string> ReadStops(IReadOnlyList<string> stops)
    {
        if (stops.Count > MostStops)
        {
            throw ApiException.Invalid($"stop names {stops.Count} texts; at most {MostStops} are looked for.", "stop");
        }

        return stops.Any(stop => stop.Length is 0 or > LongestStop)
            ? throw ApiException.Invalid($"A text of stop is empty, or longer than {LongestStop} characters.", "stop")
            : stops;
    }

    private (List<Turn> Turns, List<(string Url, string Parameter)> Pictures) ReadMessages(IReadOnlyList<ChatMessage?>? messages)
    {
        if (messages is null || messages.Count == 0)
        {
            throw ApiException.Invalid("The request has no messages; say what is to be answered.", "messages", "missing_required_parameter");
        }

        if (messages.Count > options.MaxMessages)
        {
            throw ApiException.Invalid($"The conversation has {messages.Count} messages; at most {options.MaxMessages} are read.", "messages", "too_many_messages");
        }

        var (turns, pictures) = (new List<Turn>(), new List<(string Url, string Parameter)>());
        for (var k = 0; k < messages.Count; k++)
        {
            var place = $"messages[{k}]";
            var message = messages[k] ?? throw ApiException.Invalid("A message is null.", place);
            var role = RoleOf(message, $"{place}.role", expectsUser: turns.Count == 0 || turns[^1].Role != "user", isFirst: k == 0);
            turns.Add(new Turn(role, TextOf(message, role, place, pictures)));
        }

        return turns[^1].Role == "user" ? (turns, pictures) : throw ApiException.Invalid(
            "The last message is not the user's; an answer answers the user.", $"messages[{messages.Count - 1}].role");
    }

    private static string RoleOf(ChatMessage message, string place, bool expectsUser, bool isFirst)
    {
        var role = message.Role switch
        {
            "system" or "developer" => "system",
            "user" or "assistant" => message.Role,
            null => throw ApiException.Invalid("A message has no role.", place, "missing_required_parameter"),
            _ => throw ApiException.Invalid("Roles are system, developer, user and assistant.", place),
        };
        if (role == "system" ? !isFirst : role != (expectsUser ? "user" : "assistant"))
        {
            throw ApiException.Invalid("User and assistant take turns, and a system message can only come first.", place);
        }

        return role;
    }

    private string TextOf(ChatMessage message, string role, string place, List<(string Url, string Parameter)> pictures)
    {
        if (message.Content is not { Count: > 0 } parts)
        {
            throw ApiException.Invalid("A message has no content.", $"{place}.content", "missing_required_parameter");
        }

        var text = new StringBuilder();
        var afterWords = false;
        for (var k = 0; k < parts.Count; k++)
        {
            var (part, here) = (parts[k], $"{place}.content[{k}]");
            switch (part?.Type)
            {
                case "text":
                    var words = part.Text ?? throw ApiException.Invalid("A text part has no text.", $"{here}.text", "missing_required_parameter");
                    // Where a picture stands is said by its part, not by words that look like its marker.
                    text.Append(afterWords ? "\n" : "").Append(words.Replace(ConversationRenderer.ImageMarker, "", StringComparison.Ordinal));
                    afterWords = true;
                    break;
                case "image_url" when role == "user":
                    var url = part.ImageUrl ?? throw ApiException.Invalid("A picture part has no image_url.", $"{here}.image_url", "missing_required_parameter");
                    pictures.Add(pictures.Count < options.MaxPictures ? (url, $"{here}.image_url.url") : throw ApiException.Invalid(
                        $"The conversation has more than {options.MaxPictures} pictures, the most that are looked at.", "messages", "too_many_images"));
                    text.Append(ConversationRenderer.ImageMarker);
                    afterWords = false;
                    break;
                case "image_url":
                    throw ApiException.Invalid("Only the user shows pictures.", here);
                default:
                    throw ApiException.Invalid("A part is of type text or image_url.", $"{here}.type");
            }
        }

        return text.ToString();
    }

    private static void RefuseWhatWouldBeIgnored(ChatRequest request)
    {
        var parameter = request switch
        {
            { Tools: { } tools } when !IsEmpty(tools) => "tools",
            { Functions: { } functions } when !IsEmpty(functions) => "functions",
            { LogitBias: { } bias } when !IsEmpty(bias) => "logit_bias",
            { FrequencyPenalty: not (null or 0.0) } => "frequency_penalty",
            { PresencePenalty: not (null or 0.0) } => "presence_penalty",
            { ResponseFormat.Type: not (null or "text") } => "response_format",
            _ => null,
        };
        if (parameter is not null)
        {
            throw ApiException.Invalid($"{parameter} is not served here; leave it out.", parameter, "unsupported_parameter");
        }
    }

    private static bool IsEmpty(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null => true,
        JsonValueKind.Array => element.GetArrayLength() == 0,
        JsonValueKind.Object => !element.EnumerateObject().Any(),
        _ => false,
    };

    private static T InRange<T>(T value, T least, T most, string parameter) where T : IComparable<T> =>
        value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0 ? value : throw ApiException.Invalid(
            least is double.Epsilon ? $"{parameter} is {value}; expected above 0 and at most {most}."
            : most is int.MaxValue ? $"{parameter} is {value}; expected {least} or more."
            : $"{parameter} is {value}; expected {least} to {most}.", parameter);
}
