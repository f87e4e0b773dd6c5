namespace Collimate.Data.Scenes;

/// <summary>
/// Chooses an object that a scene does not show, to be asked for: over many scenes as often as that object is asked for where it is shown, so that no
/// name speaks for yes or no. Half of the time it belongs to a category that the scene shows, so that the kind of thing alone does not tell either.
/// </summary>
internal sealed class AbsentNames
{
    private const int Rounds = 12;
    private const double SameCategory = 0.5;

    private readonly SceneWorld world;
    private readonly double[] weights;

    /// <param name="world">The world.</param>
    /// <param name="shown">For each sample scene, the objects it shows.</param>
    internal AbsentNames(SceneWorld world, int[][] shown)
    {
        this.world = world;
        var wanted = new double[world.ObjectCount];
        foreach (var scene in shown)
        {
            foreach (var item in scene)
            {
                wanted[item] += 1.0 / scene.Length;
            }
        }

        Even(wanted);
        weights = [.. wanted];
        // The weights are found by proportional fitting: an object that is often shown is seldom absent, and must then be asked for the more.
        for (var round = 0; round < Rounds; round++)
        {
            var factors = Expected(shown);
            for (var item = 0; item < weights.Length; item++)
            {
                weights[item] = factors[item] > 0 ? wanted[item] / factors[item] : 0;
            }
        }
    }

    /// <summary>An object that is not among those shown.</summary>
    internal int Pick(ReadOnlySpan<int> shown, ref SceneRandom random)
    {
        var category = random.Chance(SameCategory) ? world.CategoryOf[random.Pick(shown)] : -1;
        Span<double> left = stackalloc double[weights.Length];
        for (var item = 0; item < left.Length; item++)
        {
            left[item] = (category < 0 || world.CategoryOf[item] == category) && !shown.Contains(item) ? weights[item] : 0;
        }

        return random.PickWeighted(left);
    }

    /// <summary>
    /// Objects of one category, known or unseen, are shown almost equally often (held-out pairs make the difference, about as large as the noise of the
    /// sample), so half-way between an object's own count and their mean lies the best estimate.
    /// </summary>
    private void Even(double[] shares)
    {
        foreach (var group in world.Objects.GroupBy(item => (item.Category, world.IsUnseen(item.Id))))
        {
            var mean = group.Average(item => shares[item.Id]);
            foreach (var item in group)
            {
                shares[item.Id] = (shares[item.Id] + mean) / 2;
            }
        }
    }

    /// <summary>How often each object would be asked for where it is absent, over the sample scenes, divided by its weight.</summary>
    private double[] Expected(int[][] shown)
    {
        var totals = new double[world.Categories.Count];
        for (var item = 0; item < weights.Length; item++)
        {
            totals[world.CategoryOf[item]] += weights[item];
        }

        var total = totals.Sum();
        var everywhere = 0.0;
        var within = new double[totals.Length];
        var missed = new double[weights.Length];
        foreach (var scene in shown)
        {
            var anywhere = (1 - SameCategory) / (total - scene.Sum(item => weights[item]));
            everywhere += anywhere;
            foreach (var chosen in scene)
            {
                var category = world.CategoryOf[chosen];
                var alike = SameCategory / scene.Length / (totals[category] - scene.Where(item => world.CategoryOf[item] == category).Sum(item => weights[item]));
                within[category] += alike;
                foreach (var item in scene.Where(item => world.CategoryOf[item] == category))
                {
                    missed[item] += alike;
                }
            }

            foreach (var item in scene)
            {
                missed[item] += anywhere;
            }
        }

        return [.. missed.Select((lost, item) => everywhere + within[world.CategoryOf[item]] - lost)];
    }
}
