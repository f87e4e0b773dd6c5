namespace Collimate.Tests.Server;

public sealed class SampleTests
{
    [Fact]
    public void Readme_LinesOfAProgram_AreTheSampleThatIsCompiled()
    {
        var root = Path.GetFullPath(Path.Combine(GoldenFiles.Require("README.md"), "..", "..", ".."));
        var sample = File.ReadAllText(Path.Combine(root, "samples", "ChatClient", "Program.cs")).Trim();

        Assert.Contains($"```csharp\n{sample}\n```", File.ReadAllText(Path.Combine(root, "README.md")).ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }
}
