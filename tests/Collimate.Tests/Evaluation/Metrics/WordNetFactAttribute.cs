using Collimate.Evaluation.Metrics.Captions.Meteor;

namespace Collimate.Tests.Evaluation.Metrics;

/// <summary>A test that needs WordNet 3.0: the package wordnet-base, or the folder that COLLIMATE_WORDNET names; skipped, saying so, where it is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class WordNetFactAttribute : FactAttribute
{
    /// <param name="shared">A file or folder below the shared folder that is needed as well.</param>
    public WordNetFactAttribute(string? shared = null)
    {
        if (shared is not null && SharedFiles.Find(shared) is null)
        {
            Skip = $"needs {shared} in the shared reference folder beside the project";
        }
        else if (Folder is null)
        {
            Skip = $"needs WordNet 3.0 in {WordNetSynonyms.DefaultFolder} (package wordnet-base) or where COLLIMATE_WORDNET says";
        }
    }

    /// <summary>Where WordNet is; null where it is not.</summary>
    public static string? Folder { get; } =
        new[] { Environment.GetEnvironmentVariable("COLLIMATE_WORDNET"), WordNetSynonyms.DefaultFolder }.FirstOrDefault(path => path is not null && WordNetSynonyms.IsIn(path));
}
