using Collimate.Data;
using Collimate.Data.Scenes;
using Collimate.Evaluation;
using Collimate.Inspection;
using Collimate.Recipes.Schema;
using Collimate.Semantics;
using Collimate.Torch;

namespace Collimate.Tests.Evaluation;

public sealed class SceneAlignmentTests
{
    [Fact]
    public void Measure_UntrainedModel_CountsEveryPatchOnce()
    {
        using var tiny = new TinyLlava();
        using var built = ModelFolder.Load(tiny.Path);
        var before = SettledTensors.Count();

        var (report, pictures) = SceneAlignment.Measure(built, new SceneAlignmentOptions { Scenes = 18, Shown = 17, MeasuresLayers = true });

        Assert.Equal(before, SettledTensors.Count());
        Assert.Equal((18 * 16, 17), (report.Objects.Patches + report.Ground.Patches, pictures.Count));
        Assert.Equal(18 * 16, report.Use.Tokens);
        Assert.Equal(report.Objects.Patches, report.Groups.Where(group => group.Kind == "sort").Sum(group => group.Ranks.Patches));
        Assert.Equal(report.Groups.Single(group => group.Name == "objects").Ranks.Patches, report.Groups.Where(group => group.Kind == "category").Sum(group => group.Ranks.Patches));
        Assert.Equal((report.Objects.First, report.Objects.Patches - report.Objects.First, report.Ground.Patches), (report.Cosines.Right.Sum(), report.Cosines.Wrong.Sum(), report.Cosines.Other.Sum()));
        Assert.InRange(report.Unseen.Patches, 18, report.Objects.Patches);
        Assert.Equal(built.Model.Language.Config.LayerCount + 1, report.Layers.Count);
        Assert.Equal(WordList.Scenes.Count, report.Words);
        Assert.All(report.Groups, group => Assert.InRange(group.SameGroup, group.Ranks.TopOne, 1));

        // A smaller part of the same scenes gives the counts of those scenes' maps.
        var (first, shown) = SceneAlignment.Measure(built, new SceneAlignmentOptions { Scenes = 2, Shown = 2 });
        var ofMap = shown[0].Map.RanksWhere(word => word != shown[0].Map.GroundWord);
        Assert.Equal((ofMap.Patches, ofMap.FirstFive, ofMap.RankSum), (first.Objects.Patches, first.Objects.FirstFive, first.Objects.RankSum));
        Assert.Equal(ofMap.ReciprocalSum, first.Objects.ReciprocalSum, 1e-12);
        Assert.Equal(shown[0].Map.Score.ObjectHits, first.Objects.First);
        Assert.Empty(first.Layers);
        Assert.Equal(pictures[0].Map.Nearest[..32], shown[0].Map.Nearest);
    }

    [Fact]
    public void Tally_PerfectModel_IsRightEverywhere()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(2);
        var world = SceneSampleSource.World;
        CandidateWord[] words = [.. world.Items.Select((item, at) => new CandidateWord(item.Name, [at])), new(SceneCaptions.EmptyWord, [world.Items.Count])];
        var embeddings = Tensor.RandomNormal([words.Length, 64], generator);
        var truth = new SceneTruth(world, words);
        var scene = world.Draw(SceneSplit.TestCompositions, 3, 0);
        var right = truth.Of(scene, new(8, 8), 64);
        var tally = new AlignmentTally(words, truth);

        tally.Add(AlignmentMap.Measure(embeddings.IndexSelect(0, Tensor.From([.. right.Select(word => (long)word)])).Reshape(1, 64, 64), embeddings, words, right, truth.GroundWord));

        var report = tally.Report(1, "test", default, ModalityGap.Measure(embeddings, embeddings), []);
        Assert.Equal((1.0, 1.0, 1.0, 1.0), (report.Objects.TopOne, report.Objects.MeanRank, report.Ground.TopFive, report.Ground.MeanReciprocalRank));
        Assert.All(report.Groups, group => Assert.Equal((1.0, 1.0), (group.Ranks.TopOne, group.SameGroup)));
        Assert.Equal(right.Distinct().Count(), report.Use.Used);
        Assert.All(report.Use.Frequent, word => Assert.Equal(word.Recalled, word.Right));
        Assert.Equal(scene.Objects.Select(item => world.Items[item.Item].Category).Distinct().Order(), report.Groups.Where(group => group.Kind == "category").Select(group => group.Name).Order());
        Assert.Equal(64, report.Cosines.Right[^1] + report.Cosines.Other[^1] + report.Cosines.Right[^2] + report.Cosines.Other[^2]); // a cosine of 1, but for the last bit
    }

    [Fact]
    public void Measure_ListThatNamesNothing_SaysSo()
    {
        using var tiny = new TinyLlava();
        using var built = ModelFolder.Load(tiny.Path);

        var problem = Assert.Throws<DataException>(() => SceneAlignment.Measure(built, new SceneAlignmentOptions { Scenes = 1, Words = WordList.Of(["nothing", "nowhere"]) }));

        Assert.Contains("none of its 2 words names anything in the gym", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BinOf_Cosines_FallWhereTheBinsBegin()
    {
        Assert.Equal(0, CosineHistogram.BinOf(-1));
        Assert.Equal(CosineHistogram.Bins - 1, CosineHistogram.BinOf(1));
        for (var bin = 0; bin < CosineHistogram.Bins; bin++)
        {
            Assert.Equal(bin, CosineHistogram.BinOf(CosineHistogram.Start(bin) + 0.001));
        }
    }
}
