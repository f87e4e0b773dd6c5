using Collimate.Recipes;

namespace Collimate.Evaluation.Benchmarks.Readers;

/// <summary>The readers by the word that a definition writes after <c>reader: type:</c>.</summary>
public static class BenchmarkReaders
{
    /// <summary>All of them. The context is the benchmark's name.</summary>
    public static SeamTable<string, IBenchmarkReader> Table { get; } = new SeamTable<string, IBenchmarkReader>("reader")
        .Register<PopeReaderOptions>("pope", (options, _) => new PopeReader(options))
        .Register<VqaReaderOptions>("vqa", (options, _) => new VqaReader(options))
        .Register<TextVqaReaderOptions>("text_vqa", (options, _) => new TextVqaReader(options))
        .Register<VizWizReaderOptions>("viz_wiz", (options, _) => new VizWizReader(options))
        .Register<GqaReaderOptions>("gqa", (options, _) => new GqaReader(options))
        .Register<ScienceQaReaderOptions>("science_qa", (options, _) => new ScienceQaReader(options))
        .Register("mme", _ => new MmeReader())
        .Register<MmBenchReaderOptions>("mm_bench", (options, _) => new MmBenchReader(options))
        .Register("mm_vet", _ => new MmVetReader())
        .Register<KarpathyReaderOptions>("karpathy", (options, _) => new KarpathyReader(options))
        .Register<PathVqaReaderOptions>("path_vqa", (options, _) => new PathVqaReader(options))
        .Register<MmluReaderOptions>("mmlu", (options, _) => new MmluReader(options))
        .Register<MmvpReaderOptions>("mmvp", (options, _) => new MmvpReader(options))
        .Register<PuzzleReaderOptions>("puzzles", (options, _) => new PuzzleReader(options))
        .Register<MagnifierReaderOptions>("magnifier", (options, _) => new MagnifierReader(options))
        .Register<SceneReaderOptions>("scenes", (options, _) => new SceneReader(options));
}
