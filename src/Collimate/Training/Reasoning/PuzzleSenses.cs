using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Collimate.Alignment.Reasoning;
using Collimate.Data.Puzzles;
using Collimate.Models;
using Collimate.Recipes.Schema;
using Collimate.Torch;
using Collimate.Training.Features;

namespace Collimate.Training.Reasoning;

/// <summary>
/// Makes a reasoner's input of puzzles. What is frozen is asked once and remembered, in memory and, where the recipe names a folder, on disk; what learns is asked in
/// every step.
/// </summary>
public sealed class PuzzleSenses : IDisposable
{
    private const int Together = 32;

    private readonly ReasonerModel model;
    private readonly ReasonerRecipe recipe;
    private readonly bool wantsPatches;
    private readonly FeatureCache[] caches = [];
    private FrozenTokens[]? pictures;
    private FrozenTokens? questions;

    /// <param name="model">The reasoner whose frozen parts are asked.</param>
    /// <param name="recipe">Its recipe.</param>
    /// <param name="folder">Where the recipe's relative paths start from.</param>
    /// <param name="output">The run's folder, for a cache without a folder of its own.</param>
    public PuzzleSenses(ReasonerModel model, ReasonerRecipe recipe, string folder, string? output = null)
    {
        (this.model, this.recipe) = (model, recipe);
        wantsPatches = recipe.Reasoner.Qf == QfForm.Real || recipe.Reasoner.Image?.Head is PictureHead.QFormer or PictureHead.Perceiver;
        if (FeatureCacheOptions.Read(recipe.Data.FeatureCache) is { } cache && !LooksEachTime)
        {
            var place = cache.Path is { } path ? Path.GetFullPath(path, folder) : Path.Combine(output ?? folder, "cache");
            caches = [.. Enumerable.Range(0, model.Eyes!.Towers.Count).Select(tower => FeatureCache.Open(place, SpaceOf(tower), cache.LimitBytes))];
        }
    }

    /// <summary>Whether pictures are looked at in every step: because the towers learn, or because what they say does not fit into memory.</summary>
    public bool LooksInSteps => model.Eyes is not null && pictures is null;

    /// <summary>Whether questions are read in every step.</summary>
    public bool ReadsInSteps => model.Reader is not null && questions is null;

    private bool LooksEachTime => model.Eyes is null || recipe.Reasoner.Image!.Trains;

    private bool ReadsEachTime => model.Reader is null or WordQuestions || recipe.Reasoner.Question!.Trains;

    private ScalarType? Precision => recipe.Reasoner.Image?.Precision == Recipes.Schema.Precision.Bf16 ? ScalarType.BFloat16 : null;

    /// <summary>Asks the frozen parts about puzzles, once each.</summary>
    /// <param name="instances">The puzzles that will be met.</param>
    /// <param name="workers">How many cores look.</param>
    /// <param name="note">Is told what was done.</param>
    /// <param name="cancellation">Ends it between two batches.</param>
    public void Remember(IReadOnlyList<PuzzleInstance> instances, int workers, Action<string>? note = null, CancellationToken cancellation = default)
    {
        var free = recipe.Data.FeatureBytes;
        if (!LooksEachTime)
        {
            string[] paths = [.. instances.Select(instance => instance.ImagePath).Distinct()];
            var bytes = Enumerable.Range(0, model.Eyes!.Towers.Count).Sum(tower => FrozenTokens.BytesOf(paths.Length, TokensOf(tower), model.Eyes.Widths[tower]));
            if (bytes <= free)
            {
                RememberPictures(paths, workers, note, cancellation);
                free -= bytes;
            }
            else
            {
                note?.Invoke($"{paths.Length:N0} pictures would take {bytes >> 20:N0} MiB of features, more than feature_memory; they are {(caches.Length > 0 ? "read from feature_cache" : "looked at")} in every step.");
            }
        }

        if (!ReadsEachTime)
        {
            RememberQuestions([.. instances.Select(instance => instance.Question).Distinct()], free, note, cancellation);
        }
    }

    /// <summary>The input of puzzles.</summary>
    /// <param name="instances">The puzzles; at least one.</param>
    /// <param name="with">The reasoner, or the replica of it, that is to answer.</param>
    public ReasonerInput Input(IReadOnlyList<PuzzleInstance> instances, ReasonerModel with)
    {
        var device = with.Head.Parameters().First().Device;
        int[] puzzles = [.. instances.Select(instance => model.Numbers[instance.Puzzle])];
        return new ReasonerInput(puzzles, Pictures([.. instances.Select(instance => instance.ImagePath)], with, device), Question([.. instances.Select(instance => instance.Question)], with, device));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(caches, cache => cache.Dispose());
        Array.ForEach(pictures ?? [], tower => tower.Dispose());
        questions?.Dispose();
    }

    private Tensor[] Pictures(string[] paths, ReasonerModel with, Device device)
    {
        if (model.Eyes is null)
        {
            return [];
        }

        var towers = Enumerable.Range(0, model.Eyes.Towers.Count);
        if (pictures is not null)
        {
            return [.. towers.Select(tower => pictures[tower].Get(paths, device).Tokens)];
        }

        if (LooksEachTime)
        {
            return [.. towers.Select(tower => Summed(Seen(with.Eyes!, tower, paths)))];
        }

        using var off = GradMode.Disable();
        return [.. towers.Select(tower => Look(tower, paths, with.Eyes ?? model.Eyes))];
    }

    private QuestionTokens? Question(string[] texts, ReasonerModel with, Device device)
    {
        if (model.Reader is null)
        {
            return null;
        }

        if (questions is not null)
        {
            var (tokens, lengths) = questions.Get(texts, device);
            return new QuestionTokens(tokens, lengths);
        }

        int[][] ids = [.. texts.Select(model.Reader.Tokenize)];
        if (ReadsEachTime)
        {
            return with.Reader!.Encode(ids);
        }

        using var off = GradMode.Disable();
        return (with.Reader ?? model.Reader).Encode(ids);
    }

    private void RememberPictures(string[] paths, int workers, Action<string>? note, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var kept = model.Eyes!.Widths.Select((width, tower) => new FrozenTokens(paths, TokensOf(tower), width)).ToArray();
        try
        {
            Parallel.ForEach(paths.Chunk(Together), new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation }, some =>
            {
                using var off = GradMode.Disable();
                using var scope = new TensorScope();
                for (var tower = 0; tower < kept.Length; tower++)
                {
                    kept[tower].Set(some, Look(tower, some, model.Eyes));
                }
            });
        }
        catch (AggregateException all) when (all.InnerExceptions.OfType<CollimateException>().FirstOrDefault() is { } known)
        {
            Array.ForEach(kept, tower => tower.Dispose());
            ExceptionDispatchInfo.Throw(known); // a picture that cannot be read is told as it is
        }

        Array.ForEach(caches, cache => cache.Flush());
        pictures = kept;
        note?.Invoke(string.Create(CultureInfo.InvariantCulture, $"{paths.Length:N0} pictures looked at once, in {clock.Elapsed.TotalSeconds:0.0} s"));
    }

    private void RememberQuestions(string[] texts, long free, Action<string>? note, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        int[][] ids = [.. texts.Select(model.Reader!.Tokenize)];
        var most = ids.Max(row => row.Length);
        if (FrozenTokens.BytesOf(texts.Length, most, model.Reader.Width) > free)
        {
            note?.Invoke($"{texts.Length:N0} questions would take more than feature_memory; they are read in every step.");
            return;
        }

        var kept = new FrozenTokens(texts, most, model.Reader.Width);
        using var off = GradMode.Disable();
        foreach (var some in Enumerable.Range(0, texts.Length).OrderBy(at => ids[at].Length).Chunk(Together))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = new TensorScope();
            var said = model.Reader.Encode([.. some.Select(at => ids[at])]);
            kept.Set([.. some.Select(at => texts[at])], said.Tokens.Narrow(1, 0, said.Lengths.Max()), said.Lengths);
        }

        questions = kept;
        note?.Invoke(string.Create(CultureInfo.InvariantCulture, $"{texts.Length:N0} questions read once, in {clock.Elapsed.TotalSeconds:0.0} s"));
    }

    // What a frozen tower says, from the folder of features where there is one.
    private Tensor Look(int tower, string[] paths, ReasonerEyes eyes)
    {
        if (caches.Length == 0)
        {
            return Summed(Seen(eyes, tower, paths));
        }

        var cache = caches[tower];
        FeatureKey[] keys = [.. paths.Select(path => cache.KeyOf(SHA256.HashData(File.ReadAllBytes(path)), 0))];
        if (cache.Find(keys) is { } stored)
        {
            return stored.ToTensor(Device.Cpu).To(ScalarType.Float32);
        }

        var said = Summed(Seen(eyes, tower, paths)).To(ScalarType.Float16);
        cache.Add(keys, said);
        return said.To(ScalarType.Float32);
    }

    private Tensor Seen(ReasonerEyes eyes, int tower, string[] paths)
    {
        using var region = Autocast.EnableIf(Precision);
        return eyes.Look(tower, paths).To(ScalarType.Float32);
    }

    private Tensor Summed(Tensor tokens) => wantsPatches ? tokens : tokens.Mean(1, keepDimension: true);

    private int TokensOf(int tower) => wantsPatches ? model.Eyes!.TokenCounts[tower] : 1;

    private byte[] SpaceOf(int tower)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (eye, processor) = model.Eyes!.Towers[tower];
        hash.AppendData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(processor.Transform)));
        hash.AppendData(Encoding.UTF8.GetBytes($"puzzles {JsonSerializer.Serialize(recipe.Reasoner.Image!.Towers[tower] with { Path = "" })} {wantsPatches} {Precision} {TorchRuntime.Version}"));
        StateHash.Append(hash, ((Module)eye).NamedState());
        return hash.GetHashAndReset();
    }
}
