using Collimate.Generation;
using Collimate.Recipes.Schema;

namespace Collimate.Answering;

/// <summary>What ends an answer beside what was asked for: the tokens and texts that the model and its template end a turn with.</summary>
internal static class EndOfAnswer
{
    /// <summary>Adds them to options.</summary>
    public static GenerationOptions AddTo(GenerationOptions options, BuiltModel built)
    {
        var template = built.Template;
        return options with
        {
            StopTokens = [.. options.StopTokens, .. built.Model.Language.Config.EosTokenIds, .. template.EndIds(built.Tokenizer)],
            StopStrings = [.. options.StopStrings, .. template.EndMarker is null && template.Assistant.End.Length > 0 ? (string[])[template.Assistant.End] : []],
        };
    }
}
