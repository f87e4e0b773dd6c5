using System.Globalization;
using System.Text;
using Collimate.Imaging;
using Collimate.Models.Vision.Convolutional;
using Collimate.Torch;

namespace Collimate.Tests.Training.Reasoning;

/// <summary>A folder of three little puzzles: one that the picture answers, one that the question answers, and one whose answer is a sequence; and a tiny tower to look with.</summary>
internal sealed class PuzzleWorld : IDisposable
{
    public const int Rows = 40;

    private readonly TemporaryFolder folder = new();

    public PuzzleWorld()
    {
        Directory.CreateDirectory(Data);
        File.WriteAllText(Path.Combine(Data, "puzzles.json"), """
            {"puzzles": [
              {"id": "1", "name": "shade", "skill": "counting", "rule": "nearest", "part": "train"},
              {"id": "2", "name": "next", "skill": "algebra", "rule": "nearest", "part": "train"},
              {"id": "3", "name": "say", "skill": "path", "rule": "sequence", "end": "3", "part": "train"}]}
            """);
        Write(1, row => ("How bright is it?", row % 4, Options(row % 4)));
        Write(2, row => ($"What follows {Words[row % 4]}?", 0, Options((row % 4) + 1)));
        Write(3, row => ($"Say {Words[row % 3]}.", 0, (["0-0", "1-1", "2-2", "0-1", "1-0"], row % 3)));
        using var generator = new Generator(3);
        using var network = new ResNet(new ResNetConfig { EmbeddingSize = 8, HiddenSizes = [8, 16], Depths = [1, 1], HasBottlenecks = false }, generator);
        network.Save(Tower);
        new ImageTransform { ExactSize = new ImageSize(16, 16) }.Save(Path.Combine(Tower, "preprocessor_config.json"));
    }

    public string Data => folder["data"];

    public string Tower => folder["tower"];

    private static string[] Words => ["none", "one", "two", "three"];

    public string this[string name] => folder[name];

    /// <summary>Writes a recipe.</summary>
    public string Recipe(string reasoner, string training = "epochs: 40", string data = "", string name = "little")
    {
        var path = folder[$"{name}.yaml"];
        File.WriteAllText(path, $$"""
            name: {{name}}
            seed: 3
            reasoner: {{reasoner}}
            data: { splits: { train_share: 60, validation_share: 20 }, {{(data.Contains("path:", StringComparison.Ordinal) ? data : $"path: data, {data}")}} }
            training: { {{training}}, <<: { batch_size: 16, learning_rate: 5e-3, weight_decay: 0.01 } }
            """);
        return path;
    }

    public void Dispose() => folder.Dispose();

    private static (string[] Options, int Right) Options(int value) => (["0", "1", "2", "3", "4"], value);

    private void Write(int id, Func<int, (string Question, int Shade, (string[] Options, int Right) Answer)> row)
    {
        var place = Path.Combine(Data, id.ToString(CultureInfo.InvariantCulture));
        Directory.CreateDirectory(Path.Combine(place, "img"));
        var table = new StringBuilder("id,Question,image,A,B,C,D,E,Answer\n");
        for (var at = 0; at < Rows; at++)
        {
            var (question, shade, (options, right)) = row((at * 7) % 13); // neighbours differ
            var level = (byte)(40 + (60 * shade));
            ImageCodec.Save(Image.Filled(16, 16, level, level, (byte)(255 - level)), Path.Combine(place, "img", $"{at}.png"));
            table.Append(CultureInfo.InvariantCulture, $"{at},{question},{at}.png,{string.Join(',', options)},{"ABCDE"[right]}\n");
        }

        File.WriteAllText(Path.Combine(place, $"puzzle_{id}.csv"), table.ToString());
    }
}
