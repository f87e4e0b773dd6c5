namespace Collimate.Data.Scenes;

/// <summary>
/// Decides what a scene shows. Size, repetitions and symbols are drawn first and never rejected; only the choice of objects is drawn again until it
/// fits the split. So the splits differ in which objects meet, and not in how many there are.
/// </summary>
internal static class SceneComposer
{
    private const int LargestCount = 6;
    private const double SymbolShare = 0.3;
    private const double DigitShare = 0.6;
    private const double SecondRepetition = 0.3;
    private const int TriesPerTheme = 200;
    private const int Jitter = 3;

    internal static (PlacedItem[] Items, SceneBackground Background) Compose(SceneWorld world, SceneSplit split, ref SceneRandom random)
    {
        Span<int> repetitions = stackalloc int[LargestCount];
        var groups = DrawSizes(split, repetitions, ref random);
        repetitions = repetitions[..groups];

        Span<int> symbols = stackalloc int[ScenePositions.Side];
        var symbolCount = random.Chance(SymbolShare) ? DrawSymbols(world, symbols, ref random) : 0;
        symbols = symbols[..symbolCount];

        Span<int> objects = stackalloc int[LargestCount];
        DrawObjects(world, split, objects[..groups], ref random);
        return (Place(repetitions, objects, symbols, ref random), DrawBackground(ref random));
    }

    /// <summary>How many objects there are of each name: one name often two or three times, so that counting has something to count.</summary>
    private static int DrawSizes(SceneSplit split, Span<int> repetitions, ref SceneRandom random)
    {
        var smallest = split == SceneSplit.TestCompositions ? 2 : 1;
        var left = random.Between(smallest, LargestCount);
        // A composition needs a second name.
        var most = Math.Min(3, left - smallest + 1);
        repetitions[0] = random.Between(1, most);
        left -= repetitions[0];
        var groups = 1;
        for (; left > 0; groups++)
        {
            repetitions[groups] = Math.Min(left, random.Chance(SecondRepetition) ? random.Between(2, 3) : 1);
            left -= repetitions[groups];
        }

        return groups;
    }

    /// <summary>Two or three digits whose sum is spread evenly over what is possible, or letters.</summary>
    private static int DrawSymbols(SceneWorld world, Span<int> symbols, ref SceneRandom random)
    {
        var length = random.Between(2, ScenePositions.Side);
        if (!random.Chance(DigitShare))
        {
            for (var at = 0; at < length; at++)
            {
                symbols[at] = world.ObjectCount + 10 + random.Next(26);
            }

            return length;
        }

        var wanted = random.Next((9 * length) + 1);
        int sum;
        do
        {
            sum = 0;
            for (var at = 0; at < length; at++)
            {
                var digit = random.Next(10);
                symbols[at] = world.ObjectCount + digit;
                sum += digit;
            }
        }
        while (sum != wanted);

        return length;
    }

    /// <summary>Distinct objects from one, two, three or any number of categories, drawn again until the split allows them.</summary>
    private static void DrawObjects(SceneWorld world, SceneSplit split, Span<int> objects, ref SceneRandom random)
    {
        var choices = world.Allowed(split);
        Span<int> theme = stackalloc int[objects.Length];
        while (true)
        {
            DrawTheme(choices.Length, theme, ref random);
            for (var tries = 0; tries < TriesPerTheme; tries++)
            {
                for (var at = 0; at < objects.Length; at++)
                {
                    do
                    {
                        objects[at] = random.Pick<int>(choices[theme[at]]);
                    }
                    while (objects[..at].Contains(objects[at]));
                }

                if (Fits(world, split, objects))
                {
                    return;
                }
            }
        }
    }

    /// <summary>A category for each object. Categories, not objects, are equally likely, so that no category's name predicts its count.</summary>
    private static void DrawTheme(int categories, Span<int> theme, ref SceneRandom random)
    {
        var variety = random.Between(1, 4);
        Span<int> palette = stackalloc int[3];
        for (var at = 0; at < palette.Length; at++)
        {
            do
            {
                palette[at] = random.Next(categories);
            }
            while (palette[..at].Contains(palette[at]));
        }

        for (var at = 0; at < theme.Length; at++)
        {
            theme[at] = variety > palette.Length ? random.Next(categories) : palette[random.Next(variety)];
        }
    }

    private static bool Fits(SceneWorld world, SceneSplit split, ReadOnlySpan<int> objects)
    {
        var (unseen, heldOut) = (false, false);
        for (var i = 0; i < objects.Length; i++)
        {
            unseen |= world.IsUnseen(objects[i]);
            for (var j = 0; j < i; j++)
            {
                heldOut |= world.IsHeldOut(objects[i], objects[j]);
            }
        }

        return split switch
        {
            SceneSplit.Pretrain => !heldOut,
            SceneSplit.TestCompositions => heldOut && !unseen,
            SceneSplit.TestUnseen => unseen && !heldOut,
            _ => !heldOut && !unseen,
        };
    }

    private static PlacedItem[] Place(ReadOnlySpan<int> repetitions, ReadOnlySpan<int> objects, ReadOnlySpan<int> symbols, ref SceneRandom random)
    {
        const int Side = ScenePositions.Side;
        Span<int> content = stackalloc int[Side * Side];
        content.Fill(-1);
        var row = symbols.Length == 0 ? -1 : random.Next(Side);
        if (row >= 0)
        {
            symbols.CopyTo(content[((row * Side) + random.Next(Side - symbols.Length + 1))..]);
        }

        // Objects keep out of the symbols' row, so that a row reads as one number or word.
        Span<int> free = stackalloc int[Side * Side];
        var freeCount = 0;
        for (var cell = 0; cell < content.Length; cell++)
        {
            if (cell / Side != row)
            {
                free[freeCount++] = cell;
            }
        }

        random.Shuffle(free[..freeCount]);
        var (next, count) = (0, symbols.Length);
        for (var group = 0; group < repetitions.Length; group++)
        {
            for (var copy = 0; copy < repetitions[group]; copy++, count++)
            {
                content[free[next++]] = objects[group];
            }
        }

        var items = new PlacedItem[count];
        for (int cell = 0, at = 0; cell < content.Length; cell++)
        {
            if (content[cell] >= 0)
            {
                items[at++] = Settle(content[cell], cell, ref random);
            }
        }

        return items;
    }

    private static PlacedItem Settle(int item, int cell, ref SceneRandom random)
    {
        var size = random.Between(GlyphAtlas.SmallestSize, GlyphAtlas.LargestSize);
        var middle = (ScenePositions.CellSize - size) / 2;
        var x = (cell % ScenePositions.Side * ScenePositions.CellSize) + middle + random.Between(-Jitter, Jitter);
        var y = (cell / ScenePositions.Side * ScenePositions.CellSize) + middle + random.Between(-Jitter, Jitter);
        var furthest = ScenePositions.CanvasSize - size;
        return new PlacedItem(item, cell, Math.Clamp(x, 0, furthest), Math.Clamp(y, 0, furthest), size);
    }

    private static SceneBackground DrawBackground(ref SceneRandom random) => new(
        Pale(ref random), Pale(ref random), Pale(ref random), Pale(ref random), Pale(ref random), Pale(ref random));

    private static byte Pale(ref SceneRandom random) => (byte)random.Between(222, 252);
}
