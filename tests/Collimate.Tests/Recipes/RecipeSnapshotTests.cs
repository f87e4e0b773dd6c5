using Collimate.Recipes;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Recipes;

/// <summary>The effective recipe written beside a run.</summary>
public sealed class RecipeSnapshotTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("snapshots").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Write_MergedRecipe_ReadsBackTheSame()
    {
        File.WriteAllText(Path.Combine(folder, "base.yaml"), "seed: 1\ntitle: \"5\"\nstages:\n- {name: a, steps: 1}\nempty: []\nnone: {}\nnothing:\n");
        File.WriteAllText(Path.Combine(folder, "child.yaml"), "base: base.yaml\ntext: |\n  two\n  lines\n");
        var document = RecipeDocument.Load(Path.Combine(folder, "child.yaml"), ["stages.a.steps=9"]);
        var path = Path.Combine(folder, "recipe.yaml");

        RecipeSnapshot.Write(document, path);

        var again = RecipeDocument.Load(path);
        Assert.Equal(Canonical(document.Root), Canonical(again.Root));
        Assert.Contains("# --set stages.a.steps=9\n", File.ReadAllText(path), StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.GetFiles(folder), file => file.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void ToYaml_Lines_AreReadable()
    {
        var text = RecipeSnapshot.ToYaml(RecipeDocument.Parse("stages: [{name: align, rate: 1e-3}]\n"));

        Assert.Contains("stages:\n- name: align\n  rate: 1e-3\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void ToYaml_AnyTextInQuotes_ReadsBackTheSame()
    {
        var property = Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), any =>
        {
            // Lone surrogates cannot be written as UTF-8 at all.
            var text = string.Concat(any.Get.Where(c => !char.IsSurrogate(c) && c != '\0'));
            var location = new RecipeLocation("x", 1, 1);
            var written = RecipeDocument.Parse("a: 1\n", overrides: ["a=" + Quote(text)]);
            var again = RecipeDocument.Parse(RecipeSnapshot.ToYaml(written));
            return ((RecipeScalar)again.Root.Find("a")!.Value).Text == text;
        });

        Check.One(Properties.Hold.WithMaxTest(500), property);
    }

    private static string Quote(string text) =>
        $"\"{string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) ? c.ToString() : $"\\u{(int)c:x4}"))}\"";

    private static string Canonical(RecipeNode node) => node switch
    {
        RecipeScalar { IsNull: true } => "~",
        RecipeScalar scalar => $"{scalar.Text}:{scalar.IsQuoted}",
        RecipeList list => $"[{string.Join(",", list.Items.Select(Canonical))}]",
        RecipeMap map => $"{{{string.Join(",", map.Entries.Select(entry => $"{entry.Key}={Canonical(entry.Value)}"))}}}",
        _ => "?",
    };
}
