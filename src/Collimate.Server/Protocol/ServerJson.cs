using System.Text.Json;
using System.Text.Json.Serialization;
using Collimate.Server.Looking;
using Collimate.Server.Page;

namespace Collimate.Server.Protocol;

/// <summary>How requests are read and answers written: known types only, snake case, no deeper than a request can honestly be.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    MaxDepth = 32,
    AllowDuplicateProperties = false,
    NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(ChatRequest))]
[JsonSerializable(typeof(List<ContentPart>))]
[JsonSerializable(typeof(ChatResponse))]
[JsonSerializable(typeof(EmbeddingRequest))]
[JsonSerializable(typeof(EmbeddingResponse))]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(HealthBody))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(ModelEntry))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(float[]))]
[JsonSerializable(typeof(LookRequest))]
[JsonSerializable(typeof(LookResponse))]
[JsonSerializable(typeof(ExampleList))]
internal sealed partial class ServerJson : JsonSerializerContext;
