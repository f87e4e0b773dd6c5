using System.Text.Json;
using System.Xml.Linq;
using Collimate.Alignment;
using Collimate.Alignment.Composition;
using Collimate.Data.Conversations;
using Collimate.Imaging;
using Collimate.Inspection.Orders;
using Collimate.Recipes.Schema;
using Collimate.Reports.Orders;
using Collimate.Tests.Alignment;
using Collimate.Tests.Alignment.TokenMixer;
using Collimate.Tests.Cli;
using Collimate.Torch;

namespace Collimate.Tests.Inspection.Orders;

public sealed class TokenOrderViewTests : IDisposable
{
    private static readonly Sample Question = new("the question", [TinyVisionModel.Picture(1)], [new("user", "<image>abc"), new("assistant", "d")]);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Of_Concatenation_HasNothingMovedAndADiagonal()
    {
        using var model = MixerSamples.Model(new ConcatComposition());
        var view = TokenOrderView.Of(Built(model), Question);

        Assert.True(view.IsPermutation);
        Assert.Equal("[1-4]<|user|>abc<|assistant|>", OrderSentence.Text(view));
        Assert.Equal(Enumerable.Range(0, view.Length * view.Length).Select(at => at / view.Length == at % view.Length ? 1f : 0f), view.Weights);
        Assert.Equal((8, 8), (view.Pictures[0].Width, view.Pictures[0].Height));
    }

    [Fact]
    public void Of_AnyOrder_TellsWhatMovedAndWhereFrom()
    {
        // positions: user's mark, a, patch 3, b, patches 1 2, c, patch 4, the assistant's mark
        using var model = MixerSamples.Model(new Fixed([5, 6, 2, 7, 0, 1, 8, 3, 9]));
        var view = TokenOrderView.Of(Built(model), Question);

        Assert.Equal("<|user|>a[*3]b[*1-2]c[*4]<|assistant|>", OrderSentence.Text(view));
        Assert.Equal(1, view.Weights[(2 * view.Length) + 2]);
        Assert.Equal(1, view.Weights[(0 * view.Length) + 4]);
        Assert.Equal(view.Length, view.Weights.Sum());
        Assert.True(view.IsPermutation);
    }

    [Fact]
    public void Of_MixtureAndLostTokens_ShowsWeightsAndSaysSo()
    {
        using var scope = new TensorScope();
        var weights = Tensor.From([0.75f, 0.25f, 0.5f, 0.5f], [1, 2, 2]);
        using var model = MixerSamples.Model(new Fixed([0, 1, 2, 2, 5, 6, 7, 8, 9]) { Mixture = new Mixture(weights, [[0, 1]], [[0, 1]], IsHard: false) });
        var view = TokenOrderView.Of(Built(model), Question);

        Assert.False(view.IsPermutation);
        Assert.Equal([0.75f, 0.25f], view.Weights[..2]);
        Assert.Equal([0.5f, 0.5f], view.Weights[view.Length..(view.Length + 2)]);
    }

    [Fact]
    public void Save_EveryEnding_IsWholeAndReadable()
    {
        using var model = MixerSamples.Model(MixerSamples.Mixer(threshold: -1));
        var view = TokenOrderView.Of(Built(model), Question);
        foreach (var ending in OrderPage.Endings)
        {
            OrderPage.Save(folder["order" + ending], view, "tiny");
        }

        var svg = XDocument.Load(folder["order.svg"]);
        Assert.Equal(4, svg.Descendants().Count(element => element.Name.LocalName == "text" && int.TryParse(element.Value, out var patch) && patch is >= 1 and <= 4));
        Assert.Contains("<svg", File.ReadAllText(folder["order.html"]), StringComparison.Ordinal);
        Assert.DoesNotContain("http://", File.ReadAllText(folder["order.html"]).Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal), StringComparison.Ordinal);
        var picture = ImageCodec.Decode(File.ReadAllBytes(folder["order.png"]));
        Assert.True(picture is { Width: > 500, Height: > 560 });
        Assert.Throws<ArgumentException>(() => OrderPage.Save(folder["order.gif"], view, "tiny"));
    }

    [Fact]
    public void Lines_LongSentence_KeepsEveryWord()
    {
        using var model = MixerSamples.Model(MixerSamples.Mixer(threshold: -1));
        var view = TokenOrderView.Of(Built(model), Question);

        Assert.Equal(OrderSentence.Text(view).Replace(" ", "", StringComparison.Ordinal), string.Concat(OrderSentence.Lines(view, 7)).Replace(" ", "", StringComparison.Ordinal));
        Assert.All(OrderSentence.Lines(view, 7), line => Assert.InRange(line.Length, 1, 7));
    }

    [Fact]
    public void Command_RecipeOfTheGym_ShowsItsFirstQuestion()
    {
        var recipe = Path.Combine(Tests.Recipes.PublishedRecipesTests.RecipesFolder(), "scenes", "token-mixer.yaml");
        var result = CommandLine.Run("inspect", recipe, "--order", "--json", "--set", "model.composition.threshold=-1");

        Assert.Equal(0, result.Code);
        var shown = JsonDocument.Parse(result.Output).RootElement;
        Assert.True(shown.GetProperty("isPermutation").GetBoolean());
        Assert.Equal(1, shown.GetProperty("measures").GetProperty("token_mixer/match_rate").GetDouble());
        Assert.Equal(64, shown.GetProperty("runs").EnumerateArray().Where(run => run.TryGetProperty("patches", out _)).Sum(run => run.GetProperty("patches").GetArrayLength()));
        Assert.Equal(2, CommandLine.Run("inspect", recipe, "--order", "--out", folder["a.gif"]).Code);
        Assert.Equal(2, CommandLine.Run("inspect", recipe, "--order", "--image", folder["a.png"]).Code);
    }

    private static BuiltModel Built(VisionLanguageModel model) => new(model, TinyVisionModel.Tokenizer, LetterTokenizer.Template, TinyVisionModel.Processor);

    private sealed class Fixed(int[] sources) : IComposition
    {
        public Mixture? Mixture { get; init; }

        public Order Arrange(Tensor? visual, Tensor text, Batch batch, PassContext pass) => new([sources]) { Mixture = Mixture };
    }
}
