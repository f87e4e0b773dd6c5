using Collimate.Cli;

namespace Collimate.Tests.Cli;

public sealed class AskCommandTests(BadInputTests.TinyModel model) : IClassFixture<BadInputTests.TinyModel>
{
    [Fact]
    public void Ask_SeveralBeams_AnswersTheSameEachTime()
    {
        var (first, second) = (Ask("--beams", "3"), Ask("--beams", "3"));
        Assert.Equal(first, second);
        Assert.EndsWith("\n", first, StringComparison.Ordinal);
    }

    [Fact]
    public void Ask_SameSeed_AnswersTheSame() => Assert.Equal(Ask("--temperature", "1.5", "--seed", "4"), Ask("--temperature", "1.5", "--seed", "4"));

    [Fact]
    public void Ask_OtherSeed_AnswersDifferently() => Assert.NotEqual(Ask("--temperature", "1.5", "--seed", "4"), Ask("--temperature", "1.5", "--seed", "5"));

    private string Ask(params string[] options)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = Program.Run(["ask", model.Folder, "what?", "--max-tokens", "8", .. options], output, error);
        Assert.True(code == ExitCode.Success, error.ToString());
        return output.ToString();
    }
}
