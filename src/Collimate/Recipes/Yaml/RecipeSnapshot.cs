using System.Text;
using Collimate.Torch.Serialization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Collimate.Recipes;

/// <summary>Writes the effective recipe, bases merged and overrides applied, so that a run can be repeated from one file.</summary>
public static class RecipeSnapshot
{
    /// <summary>The effective recipe as YAML; a comment on top says what it was made from.</summary>
    /// <param name="document">The recipe.</param>
    /// <returns>YAML that reads back to the same values.</returns>
    public static string ToYaml(RecipeDocument document)
    {
        var text = new StringWriter { NewLine = "\n" };
        text.WriteLine("# The effective recipe of a run; training this file repeats it.");
        foreach (var file in document.Files)
        {
            text.WriteLine($"# read: {OneLine(file)}");
        }

        foreach (var change in document.Overrides)
        {
            text.WriteLine($"# --set {OneLine(change)}");
        }

        var emitter = new Emitter(text, new EmitterSettings(bestIndent: 2, bestWidth: int.MaxValue, isCanonical: false, maxSimpleKeyLength: 1024));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        Emit(emitter, document.Root);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    /// <summary>Writes the effective recipe to a file, whole or not at all.</summary>
    /// <param name="document">The recipe.</param>
    /// <param name="path">The file; its folder must exist.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(RecipeDocument document, string path) => WholeFile.Write(path, Encoding.UTF8.GetBytes(ToYaml(document)));

    private static void Emit(Emitter emitter, RecipeNode node)
    {
        switch (node)
        {
            case RecipeScalar scalar:
                // An empty plain value would come out as the empty text "".
                Emit(emitter, scalar.IsNull ? "null" : scalar.Text, scalar.IsQuoted);
                break;
            case RecipeList list:
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, SequenceStyle.Block));
                foreach (var item in list.Items)
                {
                    Emit(emitter, item);
                }

                emitter.Emit(new SequenceEnd());
                break;
            case RecipeMap map:
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, MappingStyle.Block));
                foreach (var entry in map.Entries)
                {
                    Emit(emitter, entry.Key, IsUnsafePlain(entry.Key));
                    Emit(emitter, entry.Value);
                }

                emitter.Emit(new MappingEnd());
                break;
        }
    }

    private static void Emit(Emitter emitter, string text, bool isQuoted)
    {
        var style = isQuoted ? ScalarStyle.DoubleQuoted : ScalarStyle.Plain;
        emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, text, style, isPlainImplicit: !isQuoted, isQuotedImplicit: true));
    }

    // A key such as "<<" or "" would mean something else without its quotes.
    private static bool IsUnsafePlain(string key) => key.Length == 0 || !key.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
