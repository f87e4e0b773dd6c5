using System.Text;

namespace Collimate.Tokenization.Reading;

/// <summary>Writes possessive quantifiers (<c>a++</c>), which .NET does not know, as atomic groups (<c>(?&gt;a+)</c>), which mean the same.</summary>
internal static class PossessiveQuantifiers
{
    internal static string Rewrite(string pattern)
    {
        var text = new StringBuilder(pattern.Length);
        var open = new Stack<int>();
        var atom = 0; // where the last atom begins in what is written
        for (var at = 0; at < pattern.Length;)
        {
            var c = pattern[at];
            if (c is '*' or '+' or '?' || (c == '{' && QuantifierEnd(pattern, at) > at))
            {
                var end = c == '{' ? QuantifierEnd(pattern, at) : at + 1;
                text.Append(pattern, at, end - at);
                at = end;
                if (at < pattern.Length && pattern[at] == '+' && c != '{')
                {
                    text.Insert(atom, "(?>").Append(')');
                    at++;
                }
                else if (at < pattern.Length && pattern[at] == '?')
                {
                    text.Append(pattern[at++]);
                }

                continue;
            }

            if (c == '(')
            {
                open.Push(text.Length);
                var prefix = at + 1 < pattern.Length && pattern[at + 1] == '?' ? 2 : 1; // the mark after a group's opening is no quantifier
                text.Append(pattern, at, prefix);
                at += prefix;
                continue;
            }

            atom = c == ')' && open.Count > 0 ? open.Pop() : text.Length;
            var length = c == '\\' ? EscapeLength(pattern, at) : c == '[' ? ClassLength(pattern, at) : 1;
            text.Append(pattern, at, length);
            at += length;
        }

        return text.ToString();
    }

    private static int QuantifierEnd(string pattern, int at)
    {
        var end = at + 1;
        while (end < pattern.Length && (char.IsAsciiDigit(pattern[end]) || pattern[end] == ','))
        {
            end++;
        }

        return end > at + 1 && end < pattern.Length && pattern[end] == '}' ? end + 1 : at;
    }

    private static int EscapeLength(string pattern, int at)
    {
        if (at + 2 < pattern.Length && pattern[at + 1] is 'p' or 'P' && pattern[at + 2] == '{' && pattern.IndexOf('}', at) is > 0 and var end)
        {
            return end + 1 - at;
        }

        return Math.Min(2, pattern.Length - at);
    }

    private static int ClassLength(string pattern, int at)
    {
        var end = at + 1;
        end += end < pattern.Length && pattern[end] == '^' ? 1 : 0;
        end += end < pattern.Length && pattern[end] == ']' ? 1 : 0;
        while (end < pattern.Length && pattern[end] != ']')
        {
            end += pattern[end] == '\\' ? 2 : 1;
        }

        return Math.Min(end + 1, pattern.Length) - at;
    }
}
