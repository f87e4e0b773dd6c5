using Collimate.Data;
using Collimate.Evaluation.Benchmarks.Scoring;

namespace Collimate.Evaluation.Benchmarks.Readers;

/// <summary>MME: a file a task, <c>TASK.txt</c>, each line a picture, a question and yes or no, parted by tabs; pictures in a folder of the task's name.</summary>
internal sealed class MmeReader : IBenchmarkReader
{
    /// <inheritdoc/>
    public IReadOnlyList<BenchmarkItem> Read(BenchmarkFiles files)
    {
        var items = new List<BenchmarkItem>();
        foreach (var task in MmeMetric.Perception.Concat(MmeMetric.Cognition))
        {
            var path = files.Require($"{task}.txt", $"Your_Results/{task}.txt");
            var ofTask = new List<BenchmarkItem>();
            foreach (var (number, line) in File.ReadLines(path).Index())
            {
                if (line.Trim().Length > 0)
                {
                    ofTask.Add(Item(task, line, $"{path}, line {number + 1}", ofTask.Count, files));
                }
            }

            items.AddRange(ofTask.GroupBy(item => item.Truth.Group).SelectMany(group => group)); // a picture's questions together
        }

        return items;
    }

    private static BenchmarkItem Item(string task, string line, string where, int number, BenchmarkFiles files)
    {
        if (line.Split('\t') is not [var image, var question, var answer, ..] || answer.Trim().ToLowerInvariant() is not ("yes" or "no"))
        {
            throw new DataException(where, "expected a picture, a question and Yes or No, parted by tabs", DataFault.Record);
        }

        return BenchmarkItem.Of(
            $"{task}/{image}/{number}", question, files.Picture(where, $"{task}/{image}", $"{task}/images/{image}", $"images/{task}/{image}"),
            new BenchmarkTruth { Answers = [answer.Trim().ToLowerInvariant()], Category = task, Group = image });
    }
}
