using Collimate.Cli;
using Collimate.Torch;

namespace Collimate.Tests.Cli;

/// <summary>The commands on a LLaVA folder in Hugging Face's layout.</summary>
public sealed class LlavaCommandTests : IDisposable
{
    private readonly TinyLlava tiny = new();

    public void Dispose() => tiny.Dispose();

    [Fact]
    public void Ask_LlavaFolder_AnswersAlikeEachTimeAndOtherwiseAboutAnotherPicture()
    {
        var red = CommandLine.Run("ask", tiny.Path, "what is it", "--image", tiny.Picture, "--max-tokens", "12");
        var again = CommandLine.Run("ask", tiny.Path, "what is it", "--image", tiny.Picture, "--max-tokens", "12");
        var chelsea = CommandLine.Run("ask", tiny.Path, "what is it", "--image", GoldenFiles.Require("images/source/chelsea_rgba.png"), "--max-tokens", "12");

        Assert.Equal((0, ""), (red.Code, red.Error));
        Assert.NotEqual("", red.Output.Trim());
        Assert.Equal(red, again);
        Assert.NotEqual(red.Output, chelsea.Output);
    }

    [Fact]
    public void Ask_Bf16_Answers()
    {
        var run = CommandLine.Run("ask", tiny.Path, "what is it", "--image", tiny.Picture, "--max-tokens", "4", "--precision", "bf16");

        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.NotEqual("", run.Output.Trim());
    }

    [Fact]
    public void Ask_DecoderFolder_AnswersWithoutPictures()
    {
        using var decoder = new TinyDecoderFolder();

        var run = CommandLine.Run("ask", decoder.Path, "what is it", "--max-tokens", "20", "--temperature", "5");
        var seeing = CommandLine.Run("ask", decoder.Path, "what is it", "--image", tiny.Picture);

        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.NotEqual("", run.Output.Trim());
        Assert.Equal(2, seeing.Code);
        Assert.Contains("no vision tower", seeing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Ask_WeightsThatDoNotFit_ListsThemAndTakesTheRestWhenToldTo()
    {
        var config = Path.Combine(tiny.Path, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"intermediate_size\": 80", "\"intermediate_size\": 88", StringComparison.Ordinal));

        var strict = CommandLine.Run("ask", tiny.Path, "what", "--max-tokens", "2");
        var lenient = CommandLine.Run("ask", tiny.Path, "what", "--max-tokens", "2", "--strict=false");

        Assert.Equal(2, strict.Code);
        Assert.Contains("language_model.model.layers.2.mlp.down_proj.weight", strict.Error, StringComparison.Ordinal);
        Assert.Equal(0, lenient.Code);
        Assert.Matches(@"shape +language_model\.model\.layers\.2\.mlp\.down_proj\.weight +.*\[48, 80\].*\[48, 88\]", lenient.Error);
        Assert.Contains("9 tensors were not taken over", lenient.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Chat_Turns_KeepHistoryUntilReset()
    {
        var run = Chat("what is it\nwhat is it\n/reset\nwhat is it\n/exit\nnever asked\n", "--max-tokens", "5");

        Assert.Equal(0, run.Code);
        var answers = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, answers.Length);
        Assert.NotEqual(answers[0], answers[1]); // the second sees the first
        Assert.Equal(answers[0], answers[2]);
        Assert.Contains("A new conversation.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Chat_Picture_IsSeenByLaterTurns()
    {
        var blind = Chat("what\n", "--max-tokens", "5");
        var shown = Chat($"/image {tiny.Picture}\nwhat\n", "--max-tokens", "5");
        var given = Chat("what\n", "--max-tokens", "5", "--image", tiny.Picture);

        Assert.Equal((0, 0), (shown.Code, given.Code));
        Assert.Equal(shown.Output, given.Output);
        Assert.NotEqual(blind.Output, shown.Output);
    }

    [Fact]
    public void Chat_BeyondTheContext_SaysSoAndGoesOnAfterReset()
    {
        var run = Chat($"{new string('a', 50)}\nand more\n/reset\nhi\n/what\n/image none.png\n", "--max-tokens", "20");

        Assert.Equal(0, run.Code);
        Assert.Equal(2, run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("fills the model's context", run.Error, StringComparison.Ordinal);
        Assert.Contains("the model's context holds 64", run.Error, StringComparison.Ordinal);
        Assert.Contains("There is no command '/what'", run.Error, StringComparison.Ordinal);
        Assert.Contains("none.png", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Chat_SignalDuringAnAnswer_EndsTheAnswerOnly()
    {
        var error = new StringWriter();
        using var interruption = new Interruption(error);
        var output = new SignallingWriter(interruption);

        var code = Program.Run(["chat", tiny.Path, "--max-tokens", "12"], output, error, new StringReader("what\nand then\n"), interruption, interruption.Token);

        Assert.Equal(0, code);
        Assert.False(interruption.Token.IsCancellationRequested);
        var answers = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, answers.Length);
        Assert.True(answers[0].Length < answers[1].Length, $"'{answers[0]}' should have been cut short beside '{answers[1]}'");
    }

    private CommandLine Chat(string lines, params string[] options)
    {
        var (output, error) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        var code = Program.Run(["chat", tiny.Path, .. options], output, error, new StringReader(lines), null, CancellationToken.None);
        return new CommandLine(code, output.ToString(), error.ToString());
    }

    /// <summary>Sends a signal when the first word of an answer is written.</summary>
    private sealed class SignallingWriter(Interruption interruption) : StringWriter
    {
        private bool sent;

        public override void Write(string? value)
        {
            base.Write(value);
            if (!sent && !string.IsNullOrWhiteSpace(value))
            {
                sent = true;
                interruption.Signal();
            }
        }
    }
}
