using Collimate.Data.Captions;
using Collimate.Data.Conversations;
using Collimate.Data.Records;

namespace Collimate.Data.Puzzles;

/// <summary>Puzzles as a source of samples for any vision-language model: the question, a line an option, and the letter of the right one.</summary>
public sealed class PuzzleSource : NumberedSource
{
    private readonly IReadOnlyList<PuzzleInstance> instances;
    private readonly string instruction;

    /// <summary>Reads and checks all puzzles.</summary>
    /// <param name="options">Which. Relative paths start from the current folder.</param>
    /// <exception cref="DataException">The folder is absent, something in it cannot be used, or the part is empty.</exception>
    public PuzzleSource(PuzzleSourceOptions options)
        : base(options.Seed, options.Shuffle, "puzzles")
    {
        var set = PuzzleSet.Read(options.Path, options.Splits);
        instruction = options.Instruction;
        instances = options.Part switch
        {
            PuzzlePart.Train => set.Train,
            PuzzlePart.Validation => set.Validation,
            _ => set.Test,
        };
        if (instances.Count == 0)
        {
            throw new DataException(options.Path, $"the part '{options.Part.ToString().ToLowerInvariant()}' holds no puzzles; change splits", DataFault.Source);
        }
    }

    /// <inheritdoc/>
    public override int Count => instances.Count;

    /// <inheritdoc/>
    protected override Sample Read(int number, long pass)
    {
        var instance = instances[number];
        return new Sample(
            $"{instance.Puzzle}#{instance.Row}", [ImageSource.FromFile(instance.ImagePath)], CaptionTurns.Of(PuzzleChat.Ask(instance, instruction), PuzzleChat.LetterOf(instance.AnswerOption)));
    }
}
