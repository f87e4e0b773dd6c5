using System.Text.Json;
using System.Text.Json.Serialization;

namespace Collimate.Server.Protocol;

/// <summary>Reads one text or a list of them.</summary>
internal sealed class TextListConverter : JsonConverter<IReadOnlyList<string>>
{
    private const int MostRead = 1024;

    public override IReadOnlyList<string>? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return [reader.GetString()!];
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("expected a text or a list of texts");
        }

        var texts = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            texts.Add(reader.TokenType == JsonTokenType.String && texts.Count < MostRead ? reader.GetString()! : throw new JsonException($"expected a list of at most {MostRead} texts"));
        }

        return texts;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string> value, JsonSerializerOptions options) => throw new NotSupportedException();
}

/// <summary>Reads what was said: one text, or a list of parts.</summary>
internal sealed class ContentConverter : JsonConverter<IReadOnlyList<ContentPart>>
{
    public override IReadOnlyList<ContentPart>? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.String => [new ContentPart { Type = "text", Text = reader.GetString() }],
        JsonTokenType.StartArray => JsonSerializer.Deserialize(ref reader, ServerJson.Default.ListContentPart),
        _ => throw new JsonException("expected a text or a list of parts"),
    };

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<ContentPart> value, JsonSerializerOptions options) => throw new NotSupportedException();
}

/// <summary>Reads where a picture is: an object with a <c>url</c>, as OpenAI writes it, or the address alone.</summary>
internal sealed class PictureUrlConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.GetString();
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("expected an object with a url");
        }

        string? url = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isUrl = reader.ValueTextEquals("url"u8);
            reader.Read();
            if (isUrl)
            {
                url = reader.TokenType == JsonTokenType.String ? reader.GetString() : throw new JsonException("expected url to be a text");
            }
            else
            {
                reader.Skip();
            }
        }

        return url ?? throw new JsonException("expected an object with a url");
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => throw new NotSupportedException();
}
