using System.Text.Json;
using Collimate.Data.Scenes;

namespace Collimate.Tests.Cli;

/// <summary><c>inspect --words</c> and <c>inspect --alignment</c> on a LLaVA folder in Hugging Face's layout.</summary>
public sealed class InspectAlignmentTests : IDisposable
{
    private readonly TinyLlava tiny = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        tiny.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Words_PictureAndList_ShowsThemInTextAndJson()
    {
        File.WriteAllText(folder["list.txt"], "dog\nbus\nstrawberry\n");

        var text = Inspect("--words", "--image", tiny.Picture, "--list", folder["list.txt"], "--out", folder["new/words.svg"]);
        var json = Inspect("--words", "--image", tiny.Picture, "--list", folder["list.txt"], "--json", "--top", "9");

        Assert.True(text.Code == 0, text.Error);
        var lines = text.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(5, lines.Length); // a heading, and 4 rows of patches
        Assert.StartsWith("red.png: ", lines[0], StringComparison.Ordinal);
        var tokens = JsonDocument.Parse(json.Output).RootElement.GetProperty("pictures")[0].GetProperty("tokens").EnumerateArray().ToArray();
        Assert.Equal(16, tokens.Length);
        Assert.All(tokens, token => Assert.Equal(["bus", "dog", "strawberry"], token.GetProperty("words").EnumerateArray().Select(word => word.GetProperty("word").GetString()!).Order()));
        Assert.Equal(tokens.Take(4).Select(token => token.GetProperty("words")[0].GetProperty("word").GetString()), lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.True(File.Exists(folder["new/words.svg"]));
    }

    [Fact]
    public void Words_Scenes_MarkRightAndWrong()
    {
        var run = Inspect("--words", "--scenes", "2", "--json");

        Assert.True(run.Code == 0, run.Error);
        var pictures = JsonDocument.Parse(run.Output).RootElement.GetProperty("pictures").EnumerateArray().ToArray();
        Assert.Equal(2, pictures.Length);
        Assert.Contains(pictures[0].GetProperty("tokens").EnumerateArray(), token => SceneSampleSource.World.Find(token.GetProperty("truth").GetString()!) is not null);
    }

    [Fact]
    public void Alignment_LlavaFolder_WritesFiguresAndAPage()
    {
        var run = Inspect("--alignment", "--scenes", "3", "--json", "--out", folder["a.html"]);
        var text = Inspect("--alignment", "--scenes", "3", "--out", folder["a.json"]);

        Assert.True(run.Code == 0, run.Error);
        var report = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(4, report.GetProperty("layers").GetArrayLength());
        Assert.Equal(3 * 16, report.GetProperty("use").GetProperty("tokens").GetInt32());
        Assert.InRange(report.GetProperty("objects").GetProperty("meanRank").GetDouble(), 1, report.GetProperty("words").GetInt32());
        Assert.Equal(report.ToString(), JsonDocument.Parse(File.ReadAllText(folder["a.json"])).RootElement.ToString());
        Assert.Contains("How far apart", File.ReadAllText(folder["a.html"]), StringComparison.Ordinal);
        Assert.Contains("all objects and symbols", text.Output, StringComparison.Ordinal);
        Assert.Contains("after layer 3, normed", text.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_WhatCannotBeMeasured_IsRefusedInWords()
    {
        using var decoder = new TinyDecoderFolder();
        File.WriteAllText(folder["empty.txt"], "");
        File.WriteAllText(folder["none.txt"], "nothing\n");

        Refused("no vision tower", CommandLine.Run("inspect", decoder.Path, "--words"));
        Refused("no vision tower", CommandLine.Run("inspect", decoder.Path, "--alignment"));
        Refused("is empty", Inspect("--words", "--list", folder["empty.txt"]));
        Refused("cannot be read", Inspect("--words", "--list", folder["absent.txt"]));
        Refused("names anything in the gym", Inspect("--alignment", "--list", folder["none.txt"]));
        Refused("ends in .html, .svg, .json", Inspect("--words", "--out", folder["a.gif"]));
        Refused("ends in .html, .json", Inspect("--alignment", "--out", folder["a.svg"]));
        Refused("--scenes is 0", Inspect("--alignment", "--scenes", "0"));
        Refused("--top is 0", Inspect("--words", "--top", "0"));
        Refused("say one of them", Inspect("--words", "--image", tiny.Picture, "--scenes", "2"));
        Refused("one at a time", Inspect("--words", "--alignment"));
        Refused("needs a model", CommandLine.Run("inspect", "--words"));
        Refused("absent.png", Inspect("--words", "--image", folder["absent.png"]));
        Refused("--set changes a recipe", Inspect("--words", "--set", "a=b"));
        Refused("unknown option '--wrods'", Inspect("--wrods"));
        Refused("absent", CommandLine.Run("inspect", folder["absent"], "--words"));
    }

    private static void Refused(string message, CommandLine run)
    {
        Assert.True(run.Code == 2, $"{run.Code}: {run.Error}");
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    private CommandLine Inspect(params string[] arguments) => CommandLine.Run(["inspect", tiny.Path, .. arguments]);
}
