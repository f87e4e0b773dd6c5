using Collimate.Evaluation.Metrics.Captions.Meteor;

namespace Collimate.Tests.Evaluation.Metrics;

/// <summary>A test that needs WordNet 3.0: the package wordnet-base, or the folder that COLLIMATE_WORDNET names; skipped, saying so, where it is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class WordNetFactAttribute : FactAttribute
{
    public WordNetFactAttribute()
    {
        if (Folder is null)
        {
            Skip = $"needs WordNet 3.0 in {WordNetSynonyms.DefaultFolder} (package wordnet-base) or where COLLIMATE_WORDNET says";
        }
    }

    public static string? Folder { get; } =
        new[] { Environment.GetEnvironmentVariable("COLLIMATE_WORDNET"), WordNetSynonyms.DefaultFolder }.FirstOrDefault(path => path is not null && WordNetSynonyms.IsIn(path));
}
