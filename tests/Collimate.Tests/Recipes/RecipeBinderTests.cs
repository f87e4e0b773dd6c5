using Collimate.Recipes;
using Collimate.Recipes.Schema;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Recipes;

/// <summary>Binding nodes to options records.</summary>
public sealed class RecipeBinderTests
{
    private enum Precision
    {
        Float32,
        BrainFloat16,
    }

    [Fact]
    public void Bind_EveryKind_FillsTheRecord()
    {
        const string text = """
            learning_rate: 3e-4
            steps: 2_000
            tokens: 2e9
            bias: true
            title: 42
            precision: brain_float16
            limit: 1h30m
            inner: {width: 8}
            betas: [0.9, 0.95]
            names: [a, "true"]
            layers:
            - {width: 1}
            - {width: 2}
            rates: {vision.head: 0.5}
            maybe: ~
            connector: {type: mlp}
            top_k: 3
            """;

        var options = RecipeDocument.Parse(text).Bind<EverythingOptions>();

        Assert.Equal(3e-4, options.LearningRate);
        Assert.Equal(2000, options.Steps);
        Assert.Equal(2_000_000_000, options.Tokens);
        Assert.True(options.Bias);
        Assert.Equal("42", options.Title);
        Assert.Equal(Precision.BrainFloat16, options.Precision);
        Assert.Equal(TimeSpan.FromMinutes(90), options.Limit);
        Assert.Equal(8, options.Inner.Width);
        Assert.Equal([0.9, 0.95], options.Betas);
        Assert.Equal(["a", "true"], options.Names);
        Assert.Equal([1, 2], options.Layers.Select(layer => layer.Width));
        Assert.Equal(0.5f, options.Rates["vision.head"]);
        Assert.Null(options.Maybe);
        Assert.Equal("connector", options.Connector!.Path);
        Assert.Equal(3, options.TopK);
    }

    [Theory]
    [InlineData("adamw", OptimizerKind.AdamW)]
    [InlineData("adamw_8bit", OptimizerKind.AdamW8Bit)]
    public void Bind_AnOptimizer_IsSpeltAsPeopleDo(string word, OptimizerKind expected) =>
        Assert.Equal(expected, RecipeDocument.Parse($$"""{name: a, learning_rates: {language: 1}, data: {type: scenes}, optimizer: {{word}}}""").Bind<StageRecipe>().Optimizer);

    [Fact]
    public void Bind_AMisspeltOptimizer_NamesThoseThereAre()
    {
        var error = Assert.Throws<RecipeException>(() =>
            RecipeDocument.Parse("{name: a, learning_rates: {language: 1}, data: {type: scenes}, optimizer: adamw8bit}").Bind<StageRecipe>());
        Assert.Contains("adamw, adamw_8bit", error.Message, StringComparison.Ordinal);
        Assert.Contains("did you mean 'adamw_8bit'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_EmptyMap_KeepsDefaults()
    {
        var options = RecipeDocument.Parse("{}\n").Bind<EverythingOptions>();

        Assert.Equal(new EverythingOptions().LearningRate, options.LearningRate);
        Assert.Equal(7, options.Inner.Width);
        Assert.Equal(5, options.Maybe);
    }

    [Theory]
    [InlineData("steps: 1\nlearning_rat: 2\n", 2, "unknown key 'learning_rat'; did you mean 'learning_rate'? Known keys: learning_rate, steps,")]
    [InlineData("LearningRate: 2\n", 1, "unknown key 'LearningRate'; did you mean 'learning_rate'?")]
    [InlineData("learning-rate: 2\n", 1, "unknown key 'learning-rate'; did you mean 'learning_rate'?")]
    [InlineData("xyzzy: 2\n", 1, "unknown key 'xyzzy'. Known keys: ")]
    [InlineData("inner:\n  widht: 2\n", 2, "unknown key 'widht' in inner; did you mean 'width'? Known keys: width.")]
    [InlineData("layers:\n- {width: 1}\n- width: 1\n  depth: 3\n", 4, "unknown key 'depth' in layers[1]. Known keys: width.")]
    [InlineData("\n\nsteps: many\n", 3, "steps: expected a whole number, found 'many'.")]
    [InlineData("steps: 1.5\n", 1, "steps: expected a whole number, found '1.5'.")]
    [InlineData("steps: \"5\"\n", 1, "steps: expected a whole number, found '5' in quotes; write it without them.")]
    [InlineData("steps: 3000000000\n", 1, "steps: 3000000000 does not fit; it must lie between -2147483648 and 2147483647.")]
    [InlineData("steps: [1]\n", 1, "steps: expected a whole number, found a list.")]
    [InlineData("steps:\n", 1, "steps: expected a whole number, found nothing.")]
    [InlineData("learning_rate: fast\n", 1, "learning_rate: expected a number, found 'fast'.")]
    [InlineData("learning_rate: nan\n", 1, "learning_rate: expected a finite number, found 'nan'.")]
    [InlineData("learning_rate: 1e999\n", 1, "learning_rate: expected a finite number, found '1e999'.")]
    [InlineData("bias: yes\n", 1, "bias: expected true or false, found 'yes'.")]
    [InlineData("precision: brainfloat\n", 1, "precision: expected one of: float32, brain_float16; found 'brainfloat'; did you mean 'brain_float16'?")]
    [InlineData("precision: 1\n", 1, "precision: expected one of: float32, brain_float16; found '1'.")]
    [InlineData("limit: 90\n", 1, "limit: expected a duration such as 90s, 5m or 1h30m, found '90'.")]
    [InlineData("inner: wide\n", 1, "inner: expected a map with the keys width; found 'wide'.")]
    [InlineData("betas: 0.9\n", 1, "betas: expected a list, found '0.9'; write [a, b] or one '- ' a line.")]
    [InlineData("betas: [0.9, x]\n", 1, "betas[1]: expected a number, found 'x'.")]
    [InlineData("betas:\n- 0.9\n- 2\n", 3, "betas[1]: must be at least 0 and less than 1, found '2'.")]
    [InlineData("dropout: 1\n", 1, "dropout: must be at least 0 and less than 1, found '1'.")]
    [InlineData("top_k: 0\n", 1, "top_k: must be at least 1, found '0'.")]
    [InlineData("rates: [1]\n", 1, "rates: expected a map, found a list.")]
    [InlineData("title:\n", 1, "title: expected text, found nothing.")]
    public void Bind_WrongValue_SaysLineFoundAndExpected(string text, int line, string message)
    {
        var failure = Assert.Throws<RecipeException>(() => RecipeDocument.Parse(text).Bind<EverythingOptions>());

        Assert.Equal(line, failure.Line);
        Assert.StartsWith($"recipe.yaml:{line}: {message}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_RequiredKeyMissing_NamesIt()
    {
        var failure = Assert.Throws<RecipeException>(() => RecipeDocument.Parse("stage:\n  width: 3\n").Bind<Wrapper>());

        Assert.Equal("recipe.yaml:2: stage: the key 'data' is missing; it must be given (text).", failure.Message);
    }

    [Fact]
    public void Bind_ValuesThatDoNotFitTogether_BlameTheKey()
    {
        var failure = Assert.Throws<RecipeException>(() => RecipeDocument.Parse("heads: 3\nwidth: 8\n").Bind<HeadOptions>());

        Assert.Equal("recipe.yaml:1: heads: must divide the width (8).", failure.Message);
    }

    [Fact]
    public void Bind_NotAnOptionsRecord_IsAFaultOfTheProgram() =>
        Assert.Throws<ArgumentException>(() => RecipeDocument.Parse("a: 1\n").Bind<string>());

    [Fact]
    public void Bind_RandomScalars_FailsOnlyWithRecipeException()
    {
        var keys = new[] { "learning_rate", "steps", "tokens", "bias", "title", "precision", "limit", "maybe", "dropout", "top_k", "inner", "betas", "rates", "layers" };
        var words = Gen.OneOf(
            ArbMap.Default.GeneratorFor<string>(),
            ArbMap.Default.GeneratorFor<double>().Select(number => number.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            Gen.Elements("1e400", "-1e-400", "0x10", "1_", "_1", "+1", ".5", "1e9999999999", "99999999999999999999999999999999", "9h9m", "999999999999d", "∞", "٣", "--1"));
        var property = Prop.ForAll(
            Gen.Elements(keys).Zip(words).ToArbitrary(),
            pair => OnlyRecipeException(() =>
            {
                var (key, text) = pair;
                var location = new RecipeLocation("random", 1, 1);
                var scalar = new RecipeScalar(text ?? "", isQuoted: false, location, key);
                RecipeBinder.Bind<EverythingOptions>(new RecipeMap([new RecipeEntry(key, location, scalar)], location));
            }));

        Check.One(Properties.Hold.WithMaxTest(1000), property);
    }

    [Fact]
    public void Parse_RandomText_FailsOnlyWithRecipeException()
    {
        var pieces = Gen.Elements("a", "b: ", "- ", "\n", "  ", "\t", "[", "]", "{", "}", ",", "\"", "'", "&x ", "*x", "!!", "!t ", "|", ">", "<<: ", "---", "...", "%", "@", "#", "? ", ": ", "\\u", "\\", "\0", "\u2028", "\ud800", "1", "~");
        var texts = Gen.OneOf(pieces.ListOf().Select(string.Concat), ArbMap.Default.GeneratorFor<string>());
        var property = Prop.ForAll(texts.ToArbitrary(), text => OnlyRecipeException(() => RecipeDocument.Parse(text ?? "", overrides: [text ?? ""])));

        Check.One(Properties.Hold.WithMaxTest(3000), property);
    }

    private static bool OnlyRecipeException(Action action)
    {
        try
        {
            action();
        }
        catch (RecipeException)
        {
            // the one kind of failure allowed
        }

        return true;
    }

    private sealed record InnerOptions
    {
        public int Width { get; init; } = 7;
    }

    private sealed record EverythingOptions
    {
        public double LearningRate { get; init; } = 1e-3;

        public int Steps { get; init; }

        public long Tokens { get; init; }

        public bool Bias { get; init; }

        public string Title { get; init; } = "";

        public Precision Precision { get; init; }

        public TimeSpan Limit { get; init; }

        public InnerOptions Inner { get; init; } = new();

        [RecipeRange(0, 1, MaximumExcluded = true)]
        public double[] Betas { get; init; } = [];

        public IReadOnlyList<string> Names { get; init; } = [];

        public List<InnerOptions> Layers { get; init; } = [];

        public IReadOnlyDictionary<string, float> Rates { get; init; } = new Dictionary<string, float>();

        public int? Maybe { get; init; } = 5;

        [RecipeRange(0, 1, MaximumExcluded = true)]
        public double Dropout { get; init; }

        [RecipeRange(1)]
        public int? TopK { get; init; }

        public RecipeNode? Connector { get; init; }

        public int Doubled => Steps * 2;
    }

    private sealed record RequiredOptions
    {
        public required string Data { get; init; }

        public int Width { get; init; }
    }

    private sealed record Wrapper
    {
        public RequiredOptions? Stage { get; init; }
    }

    private sealed record HeadOptions : IValidatedOptions
    {
        public int Heads { get; init; }

        public int Width { get; init; }

        public IEnumerable<(string Key, string Message)> Validate()
        {
            if (Width % Heads != 0)
            {
                yield return (nameof(Heads), $"must divide the width ({Width}).");
            }
        }
    }
}
