using System.Globalization;
using System.Text;

namespace Collimate.Data.Conversations.Jinja;

/// <summary>Cuts a template into tokens, and takes away the white space that tags ask to be taken away.</summary>
/// <remarks>As Jinja does with <c>trim_blocks</c> and <c>lstrip_blocks</c> set, which is how chat templates are run.</remarks>
internal sealed class JinjaLexer
{
    private static readonly string[] Operators = ["**", "//", "==", "!=", ">=", "<=", "+", "-", "*", "/", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"];

    private readonly string source;
    private readonly string name;
    private readonly List<JinjaToken> tokens = [];
    private readonly Stack<char> open = new();
    private int at;
    private int line = 1;
    private int counted; // up to where lines were counted
    private bool startsLine = true;

    private JinjaLexer(string source, string name) => (this.source, this.name) = (source, name);

    internal static List<JinjaToken> Read(string source, string name)
    {
        source = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        var lexer = new JinjaLexer(source.EndsWith('\n') ? source[..^1] : source, name);
        lexer.ReadAll();
        return lexer.tokens;
    }

    private void ReadAll()
    {
        while (at < source.Length)
        {
            var begin = FindTag(at);
            if (begin < 0)
            {
                Add(JinjaTokenKind.Data, source[at..], at);
                break;
            }

            var isVariable = source[begin + 1] == '{';
            var sign = begin + 2 < source.Length && source[begin + 2] is '-' or '+' ? source[begin + 2] : '\0';
            var data = Stripped(source[at..begin], sign, isVariable);
            if (data.Length > 0)
            {
                Add(JinjaTokenKind.Data, data, at);
            }

            at = begin + (sign == '\0' ? 2 : 3);
            switch (source[begin + 1])
            {
                case '#':
                    SkipComment(begin);
                    break;
                case '{':
                    ReadTag(begin, JinjaTokenKind.VariableBegin, JinjaTokenKind.VariableEnd, "}}", trimsLine: false);
                    break;
                default:
                    if (!TryReadRaw(begin))
                    {
                        ReadTag(begin, JinjaTokenKind.BlockBegin, JinjaTokenKind.BlockEnd, "%}", trimsLine: true);
                    }

                    break;
            }
        }

        Add(JinjaTokenKind.End, "", source.Length);
    }

    private int FindTag(int from)
    {
        for (var k = source.IndexOf('{', from); k >= 0 && k + 1 < source.Length; k = source.IndexOf('{', k + 1))
        {
            if (source[k + 1] is '{' or '%' or '#')
            {
                return k;
            }
        }

        return -1;
    }

    private string Stripped(string data, char sign, bool isVariable)
    {
        if (sign == '-')
        {
            return TrimEnd(data);
        }

        var lineStart = data.LastIndexOf('\n') + 1;
        var strips = sign != '+' && !isVariable && (lineStart > 0 || startsLine) && data.AsSpan(lineStart).IndexOfAnyExcept(' ', '\t') < 0;
        return strips ? data[..lineStart] : data;
    }

    private static string TrimEnd(string text)
    {
        var end = text.Length;
        while (end > 0 && TaggedText.IsSpace(text[end - 1]))
        {
            end--;
        }

        return text[..end];
    }

    private void SkipComment(int begin)
    {
        var end = source.IndexOf("#}", at, StringComparison.Ordinal);
        if (end < 0)
        {
            throw Error(begin, "the comment has no end; expected '#}'");
        }

        var sign = end > at ? source[end - 1] : '\0';
        at = end + 2;
        AfterTag(sign, trimsLine: true);
    }

    // What follows a tag's end is taken away as its sign says.
    private void AfterTag(char sign, bool trimsLine)
    {
        var end = at;
        if (sign == '-')
        {
            while (at < source.Length && TaggedText.IsSpace(source[at]))
            {
                at++;
            }
        }
        else if (sign != '+' && trimsLine && at < source.Length && source[at] == '\n')
        {
            at++;
        }

        startsLine = at > end && source[at - 1] == '\n';
    }

    private bool TryReadRaw(int begin)
    {
        var k = SkipSpaces(at);
        if (!Word(ref k, "raw") || !TagEnd(ref k, out var sign))
        {
            return false;
        }

        at = k;
        if (sign == '-')
        {
            AfterTag('-', trimsLine: false);
        }

        for (var tag = source.IndexOf("{%", at, StringComparison.Ordinal); tag >= 0; tag = source.IndexOf("{%", tag + 2, StringComparison.Ordinal))
        {
            var inner = tag + 2;
            var closing = inner < source.Length && source[inner] is '-' or '+' ? source[inner++] : '\0';
            inner = SkipSpaces(inner);
            if (Word(ref inner, "endraw") && TagEnd(ref inner, out var endSign))
            {
                startsLine = false;
                Add(JinjaTokenKind.Data, Stripped(source[at..tag], closing, isVariable: false), at);
                at = inner;
                AfterTag(endSign, trimsLine: true);
                return true;
            }
        }

        throw Error(begin, "the raw block has no end; expected {% endraw %}");
    }

    private bool Word(ref int k, string word)
    {
        if (string.CompareOrdinal(source, k, word, 0, word.Length) != 0)
        {
            return false;
        }

        k = SkipSpaces(k + word.Length);
        return true;
    }

    private bool TagEnd(ref int k, out char sign)
    {
        sign = k < source.Length && source[k] is '-' or '+' ? source[k++] : '\0';
        if (string.CompareOrdinal(source, k, "%}", 0, 2) != 0)
        {
            return false;
        }

        k += 2;
        return true;
    }

    private int SkipSpaces(int k)
    {
        while (k < source.Length && TaggedText.IsSpace(source[k]))
        {
            k++;
        }

        return k;
    }

    private void ReadTag(int begin, JinjaTokenKind beginKind, JinjaTokenKind endKind, string end, bool trimsLine)
    {
        Add(beginKind, "", begin);
        open.Clear();
        while (true)
        {
            at = SkipSpaces(at);
            if (at >= source.Length)
            {
                throw Error(begin, $"the tag has no end; expected '{end}'");
            }

            if (open.Count == 0 && IsEnd(end, out var sign))
            {
                Add(endKind, "", at);
                at += sign == '\0' ? 2 : 3;
                AfterTag(sign, trimsLine);
                return;
            }

            ReadToken();
        }
    }

    private bool IsEnd(string end, out char sign)
    {
        sign = source[at] == '-' || (source[at] == '+' && end == "%}") ? source[at] : '\0';
        return string.CompareOrdinal(source, at + (sign == '\0' ? 0 : 1), end, 0, 2) == 0;
    }

    private void ReadToken()
    {
        var first = source[at];
        if (first is '\'' or '"')
        {
            ReadString(first);
        }
        else if (char.IsAsciiDigit(first))
        {
            ReadNumber();
        }
        else if (first == '_' || char.IsLetter(first))
        {
            var start = at;
            while (at < source.Length && (source[at] == '_' || char.IsLetterOrDigit(source[at])))
            {
                at++;
            }

            Add(JinjaTokenKind.Name, source[start..at], start);
        }
        else
        {
            ReadOperator();
        }
    }

    private void ReadOperator()
    {
        var found = Array.Find(Operators, o => string.CompareOrdinal(source, at, o, 0, o.Length) == 0)
            ?? throw Error(at, $"'{source[at]}' means nothing here");
        if (found is "(" or "[" or "{")
        {
            open.Push(found switch { "(" => ')', "[" => ']', _ => '}' });
        }
        else if (found is ")" or "]" or "}" && (!open.TryPop(out var expected) || expected != found[0]))
        {
            throw Error(at, $"'{found}' closes nothing that was opened");
        }

        Add(JinjaTokenKind.Operator, found, at);
        at += found.Length;
    }

    private void ReadNumber()
    {
        var start = at;
        var afterDot = tokens[^1] is { Kind: JinjaTokenKind.Operator, Text: "." };
        Digits();
        var isFloat = false;
        if (!afterDot && at + 1 < source.Length && source[at] == '.' && char.IsAsciiDigit(source[at + 1]))
        {
            isFloat = true;
            at++;
            Digits();
        }

        if (!afterDot && at < source.Length && source[at] is 'e' or 'E')
        {
            var exponent = at + 1 < source.Length && source[at + 1] is '+' or '-' ? at + 2 : at + 1;
            if (exponent < source.Length && char.IsAsciiDigit(source[exponent]))
            {
                isFloat = true;
                at = exponent;
                Digits();
            }
        }

        Add(isFloat ? JinjaTokenKind.Float : JinjaTokenKind.Integer, source[start..at].Replace("_", "", StringComparison.Ordinal), start);
    }

    private void Digits()
    {
        while (at < source.Length && (char.IsAsciiDigit(source[at]) || (source[at] == '_' && at + 1 < source.Length && char.IsAsciiDigit(source[at + 1]))))
        {
            at++;
        }
    }

    private void ReadString(char quote)
    {
        var start = at++;
        var text = new StringBuilder();
        while (at < source.Length && source[at] != quote)
        {
            if (source[at] == '\\' && at + 1 < source.Length)
            {
                at++;
                ReadEscape(text, start);
            }
            else
            {
                text.Append(source[at++]);
            }
        }

        if (at >= source.Length)
        {
            throw Error(start, "the string has no end");
        }

        at++;
        Add(JinjaTokenKind.String, text.ToString(), start);
    }

    private void ReadEscape(StringBuilder text, int start)
    {
        var letter = source[at++];
        switch (letter)
        {
            case '\n': break;
            case 'n': text.Append('\n'); break;
            case 't': text.Append('\t'); break;
            case 'r': text.Append('\r'); break;
            case 'b': text.Append('\b'); break;
            case 'f': text.Append('\f'); break;
            case 'v': text.Append('\v'); break;
            case 'a': text.Append('\a'); break;
            case '\\' or '\'' or '"': text.Append(letter); break;
            case 'x': Append(2); break;
            case 'u': Append(4); break;
            case 'U': Append(8); break;
            case >= '0' and <= '7':
                var value = letter - '0';
                for (var k = 0; k < 2 && at < source.Length && source[at] is >= '0' and <= '7'; k++)
                {
                    value = (value * 8) + source[at++] - '0';
                }

                text.Append((char)value);
                break;
            default: text.Append('\\').Append(letter); break;
        }

        void Append(int digits)
        {
            if (at + digits > source.Length || !int.TryParse(source.AsSpan(at, digits), NumberStyles.AllowHexSpecifier, null, out var code) || code is < 0 or > 0x10FFFF)
            {
                throw Error(start, $"'\\{letter}' in a string needs {digits} hexadecimal digits that name a character");
            }

            at += digits;
            text.Append(code is >= 0xD800 and <= 0xDFFF ? ((char)code).ToString() : char.ConvertFromUtf32(code));
        }
    }

    private void Add(JinjaTokenKind kind, string text, int place) => tokens.Add(new JinjaToken(kind, text, LineAt(place)));

    private int LineAt(int place)
    {
        if (place > counted)
        {
            line += source.AsSpan(counted, place - counted).Count('\n');
            counted = place;
        }

        return line;
    }

    private JinjaException Error(int place, string message) => new(name, source.AsSpan(0, place).Count('\n') + 1, message);
}
