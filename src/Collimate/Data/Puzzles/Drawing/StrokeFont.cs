using System.Globalization;

namespace Collimate.Data.Puzzles.Drawing;

/// <summary>Digits, capitals and a few signs as strokes, so that pictures need no font and look alike at every size.</summary>
internal static class StrokeFont
{
    private const double Width = 4;
    private const double Height = 6;
    private const double Gap = 1.7;
    private const double Weight = 0.95;

    // In a box of 4 × 6, downwards: strokes between semicolons.
    private static readonly Dictionary<char, Spot[][]> Strokes = new Dictionary<char, string>
    {
        ['0'] = "2,0 3.2,.4 4,1.6 4,4.4 3.2,5.6 2,6 .8,5.6 0,4.4 0,1.6 .8,.4 2,0",
        ['1'] = ".7,1.3 2.3,0 2.3,6",
        ['2'] = "0,1.5 .6,.4 2,0 3.4,.4 4,1.6 3.6,2.8 0,6 4,6",
        ['3'] = "0,.8 1,.1 2.2,0 3.5,.5 3.8,1.5 3.3,2.5 1.8,2.9 3.4,3.3 4,4.4 3.5,5.5 2.2,6 1,5.9 0,5.2",
        ['4'] = "3,6 3,0 0,4.2 4,4.2",
        ['5'] = "3.7,0 .6,0 .3,2.7 2,2.3 3.5,2.8 4,4.1 3.4,5.5 2,6 .8,5.8 0,5.1",
        ['6'] = "3.5,.5 2.2,0 .9,.6 .1,2.4 0,4.2 .6,5.5 2,6 3.4,5.5 4,4.2 3.4,2.9 2,2.4 .7,2.9 0,4.1",
        ['7'] = "0,0 4,0 1.6,6",
        ['8'] = "2,2.8 .7,2.3 .3,1.4 .8,.4 2,0 3.2,.4 3.7,1.4 3.3,2.3 2,2.8 .5,3.4 0,4.5 .6,5.6 2,6 3.4,5.6 4,4.5 3.5,3.4 2,2.8",
        ['9'] = ".5,5.5 1.8,6 3.1,5.4 3.9,3.6 4,1.8 3.4,.5 2,0 .6,.5 0,1.8 .6,3.1 2,3.6 3.3,3.1 4,1.9",
        ['A'] = "0,6 2,0 4,6;.7,4 3.3,4",
        ['B'] = "0,0 0,6 2.6,6 3.8,5.4 3.9,4.2 3.2,3.1 2.4,2.9 0,2.9;2.4,2.9 3.3,2.4 3.5,1.3 3,.3 2.2,0 0,0",
        ['C'] = "3.9,1.2 3,.2 2,0 .8,.5 .1,1.8 .1,4.2 .8,5.5 2,6 3,5.8 3.9,4.8",
        ['D'] = "0,0 0,6 2,6 3.4,5.3 4,3.8 4,2.2 3.4,.7 2,0 0,0",
        ['E'] = "3.7,0 0,0 0,6 3.7,6;0,2.9 3,2.9",
        ['F'] = "3.7,0 0,0 0,6;0,2.9 3,2.9",
        ['G'] = "3.9,1.2 3,.2 2,0 .8,.5 .1,1.8 .1,4.2 .8,5.5 2,6 3.2,5.7 4,4.9 4,3.3 2.3,3.3",
        ['H'] = "0,0 0,6;4,0 4,6;0,3 4,3",
        ['K'] = "0,0 0,6;3.8,0 0,3.5;1.2,2.5 4,6",
        ['L'] = "0,0 0,6 3.7,6",
        ['M'] = "0,6 0,0 2,3.4 4,0 4,6",
        ['N'] = "0,6 0,0 4,6 4,0",
        ['P'] = "0,6 0,0 2.4,0 3.6,.6 3.8,1.7 3.4,2.8 2.3,3.2 0,3.2",
        ['R'] = "0,6 0,0 2.4,0 3.6,.6 3.8,1.7 3.4,2.8 2.3,3.2 0,3.2;1.9,3.2 4,6",
        ['S'] = "3.8,1 3,.2 2,0 .8,.4 .3,1.4 .8,2.4 3.2,3.4 3.9,4.5 3.3,5.6 2,6 .9,5.8 0,4.9",
        ['T'] = "0,0 4,0;2,0 2,6",
        ['U'] = "0,0 0,4.2 .6,5.5 2,6 3.4,5.5 4,4.2 4,0",
        ['V'] = "0,0 2,6 4,0",
        ['X'] = "0,0 4,6;4,0 0,6",
        ['Y'] = "0,0 2,3 4,0;2,3 2,6",
        ['?'] = ".2,1.4 .8,.3 2,0 3.3,.4 3.8,1.5 3.4,2.5 2.2,3.3 2,4.2;2,5.9 2,6",
        ['+'] = "2,1.4 2,5;.2,3.2 3.8,3.2",
        ['-'] = ".3,3.2 3.7,3.2",
        ['='] = ".2,2.2 3.8,2.2;.2,4.2 3.8,4.2",
    }.ToDictionary(sign => sign.Key, sign => sign.Value.Split(';').Select(stroke => stroke.Split(' ').Select(Parse).ToArray()).ToArray());

    /// <summary>The lines that a text is drawn with.</summary>
    /// <exception cref="KeyNotFoundException">A character is none that can be drawn.</exception>
    internal static IEnumerable<LineMark> Lines(TextMark text)
    {
        var scale = text.Height / Height;
        var left = text.Centre.X - (((text.Text.Length * (Width + Gap)) - Gap) * scale / 2);
        var top = text.Centre.Y - (text.Height / 2);
        for (var at = 0; at < text.Text.Length; at++)
        {
            var start = left + (at * (Width + Gap) * scale);
            foreach (var stroke in Strokes[text.Text[at]])
            {
                yield return new LineMark([.. stroke.Select(spot => new Spot(start + (spot.X * scale), top + (spot.Y * scale)))], Weight * scale, text.Ink);
            }
        }
    }

    private static Spot Parse(string pair)
    {
        var numbers = pair.Split(',');
        return new Spot(double.Parse(numbers[0], CultureInfo.InvariantCulture), double.Parse(numbers[1], CultureInfo.InvariantCulture));
    }
}
