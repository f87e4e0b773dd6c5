using Collimate.Torch;

namespace Collimate.Alignment.Reasoning;

/// <summary>A reasoner with its towers and its reader: everything that answers a puzzle from files.</summary>
public sealed class ReasonerModel : Module
{
    /// <param name="eyes">Looks at the picture; null where none is looked at.</param>
    /// <param name="reader">Reads the question; null where none is read.</param>
    /// <param name="head">Answers.</param>
    public ReasonerModel(ReasonerEyes? eyes, IQuestionReader? reader, PuzzleReasoner head)
    {
        (Eyes, Reader, Head) = (eyes is null ? null : AddModule("vision", eyes), reader, AddModule("reasoner", head));
        if (reader is Module module)
        {
            AddModule("question", module);
        }

        Numbers = head.Shape.Puzzles.Index().ToDictionary(entry => entry.Item.Id, entry => entry.Index);
    }

    /// <summary>Looks at the picture; null where none is looked at.</summary>
    public ReasonerEyes? Eyes { get; }

    /// <summary>Reads the question; null where none is read.</summary>
    public IQuestionReader? Reader { get; }

    /// <summary>Answers.</summary>
    public PuzzleReasoner Head { get; }

    /// <summary>The number of each puzzle's head, by the puzzle's id.</summary>
    public IReadOnlyDictionary<int, int> Numbers { get; }
}
