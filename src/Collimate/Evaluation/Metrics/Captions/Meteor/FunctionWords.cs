using Collimate.Data;

namespace Collimate.Evaluation.Metrics.Captions.Meteor;

/// <summary>Words that carry little meaning and weigh less: those that make up more than a thousandth of running English.</summary>
public static class FunctionWords
{
    /// <summary>The words that count where METEOR's own list is not at hand.</summary>
    /// <remarks>Ours: METEOR's counts of every caption and reference of the reference figures come out right with it, but words that do not occur there may stand differently in METEOR's file.</remarks>
    public static IReadOnlySet<string> Default { get; } = new HashSet<string>(
        ("a about after all also an and any are as at be been before but by can could for from had has have he her his i if in into is it its last may more most mr n new no not of on one or other our out over "
        + "people said say she so some such than that the their then there these they this those time to two up us was we were what when where which who will with would year years you your "
        + "' \" , . : ; ( ) - s & -lrb- -rrb-").Split(' '));

    /// <summary>Reads METEOR's own list, <c>english.words</c>: a word a line.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataException">The file cannot be read.</exception>
    public static IReadOnlySet<string> Load(string path)
    {
        try
        {
            return File.ReadLines(path).ToHashSet();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: the function words cannot be read: {failure.Message}; expected METEOR's english.words, a word a line", failure);
        }
    }
}
