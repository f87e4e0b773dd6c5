using Collimate.Cli.Display;
using Collimate.Inspection.Checkpoints;

namespace Collimate.Cli.Commands;

/// <summary>Writes what <c>collimate info FOLDER</c> found as tables.</summary>
internal static class CheckpointReport
{
    /// <summary>Writes the tables.</summary>
    public static void Write(CheckpointInfo info, CommandIo io)
    {
        io.Output.WriteLine($"{info.Folder}: {info.ModelType}, {info.ParameterCount:N0} parameters");
        if (info.ContextLength is { } context)
        {
            io.Output.WriteLine($"context: {context:N0} tokens{(info.TokensPerImage is { } tokens ? $", of which a picture takes {tokens:N0}" : "")}");
        }

        Section(io, new TextTable("file", ">bytes"), info.Files, (table, file) => table.Row(file.Name, $"{file.Bytes:N0}"));
        Section(io, new TextTable("part", ">parameters", "stored as", ">size"), info.Parts, (table, part) => table.Row(part.Name, $"{part.ParameterCount:N0}", string.Join(", ", part.StoredAs), Size(part.Bytes)));
        Section(io, new TextTable("to answer in", ">weights", ">keys and values of 1,000 tokens", ">of the whole context"), info.Inference, (table, memory) =>
            table.Row(memory.Precision, Size(memory.Weights), Size(memory.CachePerThousandTokens), Size(memory.CacheOfContext)));
        Section(io, new TextTable("to train", "learns", ">trained", ">frozen", ">weights", ">gradients", ">optimizer", ">activations*", ">together"), info.Training, (table, memory) =>
            table.Row(
                memory.Stage, string.Join(", ", memory.Learns), $"{memory.Trained:N0}", $"{memory.Frozen:N0}", Size(memory.Weights), Size(memory.Gradients),
                Size(memory.Optimizer), Size(memory.ActivationsPerRow), Size(memory.Together)));
        if (info.Training is [var first, ..])
        {
            io.Output.WriteLine($"* estimated, for a row of {first.RowTokens:N0} tokens in fp32; each further row of a batch that is computed at once takes as much again.");
        }
    }

    /// <summary>A number of bytes as people say it.</summary>
    internal static string Size(long? bytes) => bytes switch
    {
        null => "-",
        >= 1L << 30 => $"{bytes / (double)(1L << 30):0.00} GiB",
        >= 1L << 20 => $"{bytes / (double)(1L << 20):0.0} MiB",
        _ => $"{bytes / 1024.0:0.0} KiB",
    };

    private static void Section<T>(CommandIo io, TextTable table, IReadOnlyList<T> rows, Action<TextTable, T> add)
    {
        io.Output.WriteLine();
        foreach (var row in rows)
        {
            add(table, row);
        }

        table.Write(io);
    }
}
