using Collimate.Alignment;
using Collimate.Alignment.Objectives;
using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Imaging;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training.Programs;

namespace Collimate.Benchmarks;

/// <summary>Conversations of random words about random pictures: as many questions, and as long, as asked for.</summary>
/// <param name="questions">The fewest and the most questions about a picture.</param>
/// <param name="words">The fewest and the most words of a question; its answer has two.</param>
internal sealed class SyntheticSource((int Least, int Most) questions, (int Least, int Most) words) : ISampleSource
{
    private static readonly ImageSource[] Pictures = [.. Enumerable.Range(0, 16).Select(Picture)];

    public IReadOnlyList<Sample> Draw(long step, int count) => [.. Enumerable.Range(0, count).Select(k => Make((step * count) + k))];

    /// <summary>The model's stage of training on these conversations, each question a document of its own.</summary>
    public ConversationProgram Program(GymModel shape, VisionLanguageModel model, int batch, int pieces, ScalarType? precision, IReadOnlyList<ParameterGroup> groups)
    {
        var processor = new ImageProcessor(new ImageTransform { ExactSize = new ImageSize(GymModel.ImageSize, GymModel.ImageSize), RescaleFactor = 1 / 255.0 });
        var batcher = new ConversationBatcher(new SymbolTokenizer(), SymbolTokenizer.Template, processor, ContextLength: 512, GymModel.Patches, Packed: true);
        return new ConversationProgram(model, shape.Create, groups, this, batcher, [(new LanguageObjective(), 1)], new StageOptions("synthetic", batch, pieces, precision));
    }

    private static ImageSource Picture(int number)
    {
        var pixels = new byte[GymModel.ImageSize * GymModel.ImageSize * 3];
        new Random(number).NextBytes(pixels);
        return ImageSource.FromImage(new Image(GymModel.ImageSize, GymModel.ImageSize, 3, pixels));
    }

    private Sample Make(long index)
    {
        var random = new Random((int)index);
        var turns = new List<Turn>();
        for (var left = random.Next(questions.Least, questions.Most + 1); left > 0; left--)
        {
            var marker = turns.Count == 0 ? ConversationRenderer.ImageMarker : "";
            turns.Add(new Turn("user", marker + SymbolTokenizer.Words(random, random.Next(words.Least, words.Most + 1))));
            turns.Add(new Turn("assistant", SymbolTokenizer.Words(random, 2)));
        }

        return new Sample($"synthetic {index}", [Pictures[index % Pictures.Length]], turns);
    }
}
