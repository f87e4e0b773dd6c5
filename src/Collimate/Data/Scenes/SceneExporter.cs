using Collimate.Torch.Serialization;

namespace Collimate.Data.Scenes;

/// <summary>Writes scenes as data sets that other programs read: byte for byte the same for the same options, however many threads work.</summary>
public static class SceneExporter
{
    private const int ScenesPerBatch = 512;

    /// <summary>Writes the data set, and beside it <c>truth.jsonl</c>: for every scene what stands where, with boxes of opaque pixels.</summary>
    /// <param name="world">The world.</param>
    /// <param name="options">What to write where. Files that are already there are replaced, others left alone.</param>
    /// <param name="progress">Told how many scenes are done, of how many.</param>
    /// <param name="cancel">Stops between batches of scenes; files that were not finished are removed.</param>
    /// <exception cref="DataException">The folder cannot be written.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void Export(
        SceneWorld world, SceneExportOptions options, IProgress<(long Done, long Total)>? progress = null, CancellationToken cancel = default)
    {
        options.Validate();
        try
        {
            Directory.CreateDirectory(options.Folder);
            using ISceneSink sink = options.Format switch
            {
                SceneExportFormat.Llava => new LlavaSink(options),
                SceneExportFormat.Coco => new CocoSink(options),
                SceneExportFormat.WebDataset => new WebDatasetSink(options),
                _ => throw new ArgumentOutOfRangeException(nameof(options), options.Format, "no such format"),
            };
            using var truth = new PendingFile(Path.Combine(options.Folder, "truth.jsonl"));
            for (long start = 0; start < options.Count; start += ScenesPerBatch)
            {
                cancel.ThrowIfCancellationRequested();
                foreach (var scene in Batch(world, options, sink, start, cancel))
                {
                    sink.Add(scene);
                    SceneJson.WriteLine(truth.Stream, writer => SceneJson.Truth(writer, scene));
                }

                progress?.Report((Math.Min(start + ScenesPerBatch, options.Count), options.Count));
            }

            sink.Finish();
            truth.Commit();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{options.Folder}: the scenes cannot be written there: {failure.Message}", failure);
        }
    }

    /// <summary>Makes scenes on several threads and returns them in order.</summary>
    private static ExportedScene[] Batch(SceneWorld world, SceneExportOptions options, ISceneSink sink, long start, CancellationToken cancel)
    {
        var batch = new ExportedScene[Math.Min(ScenesPerBatch, options.Count - start)];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Workers, CancellationToken = cancel };
        try
        {
            Parallel.For(0, batch.Length, parallel, at =>
            {
                batch[at] = ExportedScene.Make(world, options, start + at);
                sink.WritePicture(batch[at]);
            });
        }
        catch (AggregateException many) when (many.InnerExceptions is [IOException or UnauthorizedAccessException or DataException, ..])
        {
            throw new DataException($"{options.Folder}: the scenes cannot be written there: {many.InnerExceptions[0].Message}", many);
        }

        return batch;
    }
}
