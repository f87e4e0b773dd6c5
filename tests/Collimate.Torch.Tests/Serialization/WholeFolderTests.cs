using Collimate.Torch.Serialization;

namespace Collimate.Torch.Tests.Serialization;

public sealed class WholeFolderTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("collimate-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Write_Folder_IsThereWholeAndVerifies()
    {
        var target = WriteTwo("a");
        WholeFolder.Verify(target);
        Assert.Equal(["a"], Directory.GetDirectories(root).Select(Path.GetFileName));
    }

    [Fact]
    public void Write_OverAnOlderOne_ReplacesIt()
    {
        WriteTwo("a");
        WholeFolder.Write(Path.Combine(root, "a"), folder => File.WriteAllText(Path.Combine(folder, "new"), "n"));
        Assert.Equal(["manifest.json", "new"], Directory.GetFiles(Path.Combine(root, "a")).Select(Path.GetFileName).Order());
        WholeFolder.Verify(Path.Combine(root, "a"));
    }

    [Fact]
    public void Write_FillFails_LeavesTheOldOneAndNothingElse()
    {
        var target = WriteTwo("a");
        Assert.Throws<InvalidOperationException>(() => WholeFolder.Write(target, folder =>
        {
            File.WriteAllText(Path.Combine(folder, "half"), "h");
            throw new InvalidOperationException("the disk is full");
        }));
        WholeFolder.Verify(target);
        Assert.Equal(["a"], Directory.GetDirectories(root).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(".writing-1-b")]
    [InlineData(".writing-1-a-old")]
    public void Write_AfterAKilledProcess_SweepsWhatItLeft(string left)
    {
        WriteTwo("a");
        Directory.CreateDirectory(Path.Combine(root, left));
        WriteTwo("c");
        Assert.Equal(["a", "c"], Directory.GetDirectories(root).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Write_AfterAKillBetweenTheTwoRenames_BringsTheOldOneBack()
    {
        var target = WriteTwo("a");
        Directory.Move(target, Path.Combine(root, ".writing-1-a-old"));
        WriteTwo("c");
        WholeFolder.Verify(target);
    }

    [Theory]
    [InlineData("flip", "hash differs")]
    [InlineData("cut", "bytes")]
    [InlineData("delete", "no such file")]
    [InlineData("manifest", "no list of the folder's files")]
    public void Verify_Damage_NamesTheFile(string damage, string said)
    {
        var target = WriteTwo("a");
        var path = Path.Combine(target, "inner", "two");
        switch (damage)
        {
            case "flip": File.WriteAllText(path, "tw0"); break;
            case "cut": File.WriteAllText(path, "t"); break;
            case "delete": File.Delete(path); break;
            default: File.WriteAllText(Path.Combine(target, "manifest.json"), "{"); break;
        }

        var failure = Assert.Throws<CheckpointException>(() => WholeFolder.Verify(target));
        Assert.Contains(said, failure.Message, StringComparison.Ordinal);
        Assert.Contains(damage == "manifest" ? "manifest.json" : "two", failure.Message, StringComparison.Ordinal);
    }

    private string WriteTwo(string name)
    {
        var target = Path.Combine(root, name);
        WholeFolder.Write(target, folder =>
        {
            File.WriteAllText(Path.Combine(folder, "one"), "one");
            Directory.CreateDirectory(Path.Combine(folder, "inner"));
            File.WriteAllText(Path.Combine(folder, "inner", "two"), "two");
        });
        return target;
    }
}
