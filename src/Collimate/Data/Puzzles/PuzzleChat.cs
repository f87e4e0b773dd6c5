namespace Collimate.Data.Puzzles;

/// <summary>How a puzzle is put to a model that speaks.</summary>
public static class PuzzleChat
{
    /// <summary>What follows the options.</summary>
    public const string Instruction = "Answer with the letter of the right option.";

    /// <summary>The question, a line an option (<c>A: …</c>), and what is asked for.</summary>
    /// <param name="instance">The puzzle.</param>
    /// <param name="instruction">What follows the options; nothing where empty.</param>
    public static string Ask(PuzzleInstance instance, string instruction = Instruction)
    {
        var puzzle = $"{instance.Question}\n{Lines(instance.Options)}";
        return instruction.Length == 0 ? puzzle : $"{puzzle}\n{instruction}";
    }

    /// <summary>A line an option: <c>A: …</c>.</summary>
    /// <param name="options">The options' texts.</param>
    public static string Lines(IReadOnlyList<string> options) => string.Join('\n', options.Select((option, at) => $"{LetterOf(at)}: {option}"));

    /// <summary>The letter of an option.</summary>
    /// <param name="option">0 to 4.</param>
    public static string LetterOf(int option) => ((char)('A' + option)).ToString();
}
