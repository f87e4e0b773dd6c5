using System.Globalization;
using Collimate.Cli.Display;
using Collimate.Planning;

namespace Collimate.Cli.Commands;

/// <summary>Writes what a run will take, for people to read.</summary>
internal static class PlanReport
{
    /// <summary>Writes it.</summary>
    public static void Write(RecipePlan plan, CommandIo io)
    {
        var model = plan.Stages[0].Parts.Sum(part => part.Trained + part.Frozen);
        io.Output.WriteLine($"{plan.Recipe}: {model:N0} parameters, {plan.Workers} workers{(plan.Processes > 1 ? $" in each of {plan.Processes} processes" : "")}");
        WriteLearning(plan, io);
        WriteSteps(plan, io);
        WriteMemory(plan, io);
        WriteTime(plan, io);
        io.Output.WriteLine($"Disk: up to {ByteSize.Format(plan.DiskBytes)} for checkpoints and the finished model.");
        foreach (var stage in plan.Stages.Where(stage => stage.FeatureBytes > 0))
        {
            io.Output.WriteLine($"Stage '{stage.Name}' keeps features of its pictures: up to {ByteSize.Format(stage.FeatureBytes)} more on disk, and less time where they are met again; the time above is without.");
        }

        foreach (var stage in plan.Stages.Where(stage => !stage.Fits))
        {
            WriteAdvice(plan, stage, io);
        }
    }

    private static void WriteLearning(RecipePlan plan, CommandIo io)
    {
        var table = new TextTable("stage", "part", ">learns", ">frozen");
        foreach (var (stage, part) in plan.Stages.SelectMany(stage => stage.Parts.Select(part => (stage, part))))
        {
            table.Row(stage.Name, part.Part, $"{part.Trained:N0}", $"{part.Frozen:N0}");
        }

        Section("What learns", table, io);
    }

    private static void WriteSteps(RecipePlan plan, CommandIo io)
    {
        var table = new TextTable("stage", ">steps", ">epochs", ">batch", ">pieces", ">micro-batch", ">largest that fits", ">tokens a step", ">GFLOP a step");
        foreach (var stage in plan.Stages)
        {
            table.Row(
                stage.Name, $"{stage.Steps:N0}", stage.Epochs is { } epochs ? Number($"{epochs:F2}") : "-", $"{stage.BatchSize}", $"{stage.Pieces}", $"{stage.MicroBatch}",
                stage.LargestMicroBatch == 0 ? "none" : $"{stage.LargestMicroBatch}", $"{stage.TokensPerStep:N0}", Number($"{stage.FlopsPerStep / 1e9:N0}"));
        }

        Section("Steps", table, io);
    }

    private static void WriteMemory(RecipePlan plan, CommandIo io)
    {
        var table = new TextTable(["memory", .. plan.Stages.Select(stage => $">{stage.Name}")]);
        void Row(string what, Func<StagePlan, long> value) => table.Row([what, .. plan.Stages.Select(stage => ByteSize.Format(value(stage)))]);
        Row("program", stage => stage.Memory.Program);
        Row("weights", stage => stage.Memory.Weights);
        Row("gradients", stage => stage.Memory.Gradients);
        Row("optimizer state", stage => stage.Memory.OptimizerState);
        Row("activations", stage => stage.Memory.Activations);
        Row("  logits among them", stage => stage.Memory.Logits);
        Row("pictures held ready", stage => stage.Memory.Pictures);
        Row("in all, at the most", stage => stage.Memory.Total);
        Row("a piece, all kept", stage => stage.KeptActivations);
        Row("a piece, recomputed", stage => stage.RecomputedActivations);
        Row("each further row", stage => stage.BytesPerRow);
        Section($"Memory of a process; the bound is {ByteSize.Format(plan.Budget)} ({plan.BudgetFrom})", table, io);
    }

    private static void WriteTime(RecipePlan plan, CommandIo io)
    {
        var table = new TextTable("stage", ">a step", ">passes", ">optimizer", ">data beside", ">in all", "give or take", "measured on");
        foreach (var stage in plan.Stages)
        {
            table.Row(stage.Time is { } time
                ? [stage.Name, Duration(time.Seconds), Duration(time.PieceSeconds), Duration(time.OptimizerSeconds), Duration(time.DataSeconds), Duration(stage.Seconds!.Value), Number($"{time.Spread:P0}"), time.Basis]
                : [stage.Name, "-", "-", "-", "-", "-", "-", "not measured, as it does not fit"]);
        }

        Section("Time, as the machine is loaded now; validation and checkpoints come on top", table, io);
        if (plan.Seconds is { } seconds)
        {
            io.Output.WriteLine($"All stages: about {Duration(seconds)}.");
        }
    }

    private static void WriteAdvice(RecipePlan plan, StagePlan stage, CommandIo io)
    {
        io.Output.WriteLine($"Stage '{stage.Name}' does not fit: it takes {ByteSize.Format(stage.Memory.Total)}, the bound is {ByteSize.Format(plan.Budget)}. What would help:");
        foreach (var advice in stage.Advice)
        {
            io.Output.WriteLine($"  {advice.Change}: {ByteSize.Format(advice.Bytes)}{(advice.Fits ? ", which fits" : "")}");
        }
    }

    private static void Section(string title, TextTable table, CommandIo io)
    {
        io.Output.WriteLine();
        io.Output.WriteLine(title);
        table.Write(io);
    }

    private static string Duration(double seconds) => seconds switch
    {
        < 1 => Number($"{seconds * 1000:F0} ms"),
        < 120 => Number($"{seconds:F1} s"),
        < 7200 => Number($"{seconds / 60:F0} min"),
        < 172_800 => Number($"{seconds / 3600:F1} h"),
        _ => Number($"{seconds / 86_400:F1} days"),
    };

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
