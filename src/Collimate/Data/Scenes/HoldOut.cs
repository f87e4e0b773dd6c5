namespace Collimate.Data.Scenes;

/// <summary>Decides, by hashes of names alone, which objects and which pairs of objects training never shows.</summary>
internal static class HoldOut
{
    private const double Share = 0.1;

    /// <summary>About a tenth of every category, at least one of each.</summary>
    internal static bool[] Unseen(IEnumerable<SceneObject> objects, IReadOnlyList<string> categories)
    {
        var all = objects.ToArray();
        var unseen = new bool[all.Length];
        foreach (var category in categories)
        {
            var members = all.Where(item => item.Category == category).OrderBy(item => StableHash.Of($"unseen/{item.Name}")).ToArray();
            foreach (var item in members.Take(Math.Max(1, (int)Math.Round(Share * members.Length))))
            {
                unseen[item.Id] = true;
            }
        }

        return unseen;
    }

    /// <summary>
    /// About a tenth of the pairs of known objects. Every object has the same number of forbidden partners (within one), so that holding pairs out
    /// does not make one object rarer than another: with the n known objects in a random order, places i and j are a held-out pair when i + j modulo n
    /// is one of n / 10 random residues.
    /// </summary>
    internal static bool[] Pairs(IEnumerable<SceneObject> objects, bool[] unseen)
    {
        var known = objects.Where(item => !unseen[item.Id]).OrderBy(item => StableHash.Of($"pair/{item.Name}")).Select(item => item.Id).ToArray();
        var residues = new HashSet<int>(Enumerable.Range(0, known.Length)
            .OrderBy(residue => StableHash.Of($"residue/{residue}")).Take((int)Math.Round(Share * known.Length)));
        var pairs = new bool[unseen.Length * unseen.Length];
        for (var i = 0; i < known.Length; i++)
        {
            for (var j = 0; j < known.Length; j++)
            {
                pairs[(known[i] * unseen.Length) + known[j]] = i != j && residues.Contains((i + j) % known.Length);
            }
        }

        return pairs;
    }
}
