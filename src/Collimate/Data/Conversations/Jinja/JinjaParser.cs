using K = Collimate.Data.Conversations.Jinja.JinjaTokenKind;

namespace Collimate.Data.Conversations.Jinja;

/// <summary>Reads the statements of a template.</summary>
internal sealed partial class JinjaParser
{
    private static readonly string[] Unsupported = ["extends", "block", "include", "import", "from", "autoescape", "do", "trans", "print"];

    private readonly string name;
    private readonly JinjaLimits limits;
    private readonly List<JinjaToken> tokens;
    private int at;
    private int depth;
    private int loops;

    private JinjaParser(string source, string name, JinjaLimits limits)
    {
        (this.name, this.limits) = (name, limits);
        tokens = source.Length <= limits.SourceLength
            ? JinjaLexer.Read(source, name)
            : throw new JinjaException(name, 1, $"the template has {source.Length} characters; at most {limits.SourceLength} are read");
    }

    private JinjaToken Current => tokens[at];

    internal static JinjaStatement[] Read(string source, string name, JinjaLimits limits)
    {
        var parser = new JinjaParser(source, name, limits);
        var body = parser.Body(null);
        return body;
    }

    // Statements up to one of the given closing words, or to the end. Stands on the word afterwards.
    private JinjaStatement[] Body(JinjaToken? opening, params ReadOnlySpan<string> closing)
    {
        Enter();
        var body = new List<JinjaStatement>();
        while (true)
        {
            var token = Current;
            switch (token.Kind)
            {
                case K.End when opening is null:
                    depth--;
                    return [.. body];
                case K.End:
                    throw new JinjaException(name, opening.Value.Line, $"'{opening.Value.Text}' has no end; expected {string.Join(" or ", closing.ToArray())}");
                case K.Data:
                    at++;
                    body.Add(new TextStatement(token.Line, token.Text));
                    break;
                case K.VariableBegin:
                    at++;
                    body.Add(new PrintStatement(token.Line, TupleOrExpression()));
                    Take(K.VariableEnd, "'}}'");
                    break;
                default:
                    at++;
                    var word = TakeName("a statement");
                    if (closing.Contains(word.Text))
                    {
                        at--;
                        depth--;
                        return [.. body];
                    }

                    body.Add(Statement(word));
                    break;
            }
        }
    }

    private JinjaStatement Statement(JinjaToken word) => word.Text switch
    {
        "if" => If(word),
        "for" => For(word),
        "set" => Set(word),
        "macro" => Macro(word),
        "call" => Call(word),
        "filter" => Filter(word),
        "with" => With(word),
        "generation" => Generation(word),
        "break" or "continue" => Jump(word),
        _ => throw Error(word, Unsupported.Contains(word.Text)
            ? $"'{word.Text}' is not supported in chat templates"
            : $"'{word.Text}' is no statement; expected if, for, set, macro, call, filter, with, generation, break or continue"),
    };

    private IfStatement If(JinjaToken word)
    {
        var branches = new List<(JinjaExpression, JinjaStatement[])>();
        JinjaStatement[] otherwise = [];
        var condition = TupleOrExpression();
        EndTag();
        while (true)
        {
            branches.Add((condition, Body(word, "elif", "else", "endif")));
            var next = tokens[at++].Text;
            if (next == "elif")
            {
                condition = TupleOrExpression();
                EndTag();
                continue;
            }

            if (next == "else")
            {
                EndTag();
                otherwise = Body(word, "endif");
                at++;
            }

            EndTag();
            return new IfStatement(word.Line, [.. branches], otherwise);
        }
    }

    private ForStatement For(JinjaToken word)
    {
        var target = Targets();
        if (!TakeIf("in"))
        {
            throw Error(Current, $"found {Shown(Current)} after the loop's name; expected 'in'");
        }

        var items = TupleOrExpression(conditional: false);
        var filter = TakeIf("if") ? Expression() : null;
        if (Current.Is("recursive"))
        {
            throw Error(Current, "recursive loops are not supported in chat templates; use a macro that calls itself");
        }

        EndTag();
        loops++;
        var body = Body(word, "else", "endfor");
        loops--;
        JinjaStatement[] otherwise = [];
        if (tokens[at++].Text == "else")
        {
            EndTag();
            otherwise = Body(word, "endfor");
            at++;
        }

        EndTag();
        return new ForStatement(word.Line, target, items, filter, body, otherwise);
    }

    private JinjaStatement Set(JinjaToken word)
    {
        var target = Targets(attributes: true);
        if (TakeIf("="))
        {
            var value = TupleOrExpression();
            EndTag();
            return new SetStatement(word.Line, target, value);
        }

        var filters = Filters();
        EndTag();
        var body = InnerBody(word, "endset");
        return new CaptureStatement(word.Line, target, filters, body);
    }

    private CaptureStatement Filter(JinjaToken word)
    {
        var filters = new List<FilterNode>();
        do
        {
            filters.Add(FilterOf(null));
        }
        while (TakeIf("|"));
        EndTag();
        return new CaptureStatement(word.Line, null, [.. filters], InnerBody(word, "endfilter"));
    }

    private FilterNode[] Filters()
    {
        var filters = new List<FilterNode>();
        while (TakeIf("|"))
        {
            filters.Add(FilterOf(null));
        }

        return [.. filters];
    }

    private MacroStatement Macro(JinjaToken word)
    {
        var macro = TakeName("the macro's name").Text;
        var parameters = Parameters();
        EndTag();
        return new MacroStatement(word.Line, macro, parameters, Outside(word, "endmacro"));
    }

    private CallStatement Call(JinjaToken word)
    {
        var parameters = Current.Is("(") ? Parameters() : [];
        var call = Expression() as CallNode ?? throw Error(word, "'call' needs a call of a macro");
        EndTag();
        return new CallStatement(word.Line, call, new MacroStatement(word.Line, "caller", parameters, Outside(word, "endcall")));
    }

    private (string Name, JinjaExpression? Default)[] Parameters()
    {
        TakeOperator("(");
        var parameters = new List<(string, JinjaExpression?)>();
        while (!TakeIf(")"))
        {
            if (parameters.Count > 0)
            {
                TakeOperator(",");
            }

            var parameter = TakeName("a parameter's name").Text;
            parameters.Add((parameter, TakeIf("=") ? Expression() : null));
        }

        return [.. parameters];
    }

    private WithStatement With(JinjaToken word)
    {
        var values = new List<(JinjaTarget, JinjaExpression)>();
        while (Current.Kind != K.BlockEnd)
        {
            if (values.Count > 0)
            {
                TakeOperator(",");
            }

            var target = Target(attributes: false);
            TakeOperator("=");
            values.Add((target, Expression()));
        }

        EndTag();
        return new WithStatement(word.Line, [.. values], InnerBody(word, "endwith"));
    }

    private GenerationStatement Generation(JinjaToken word)
    {
        EndTag();
        return new GenerationStatement(word.Line, InnerBody(word, "endgeneration"));
    }

    private JumpStatement Jump(JinjaToken word)
    {
        EndTag();
        return loops > 0 ? new JumpStatement(word.Line, word.Text == "break") : throw Error(word, $"'{word.Text}' stands outside of every loop");
    }

    // A body whose loops are its own: nothing outside of it can be jumped out of.
    private JinjaStatement[] Outside(JinjaToken word, string end)
    {
        var before = loops;
        loops = 0;
        var body = InnerBody(word, end);
        loops = before;
        return body;
    }

    private JinjaStatement[] InnerBody(JinjaToken word, string end)
    {
        var body = Body(word, end);
        at++;
        if (end == "endmacro" && Current.Kind == K.Name)
        {
            at++;
        }

        EndTag();
        return body;
    }

    private JinjaTarget Targets(bool attributes = false)
    {
        var line = Current.Line;
        var parts = new List<JinjaTarget> { Target(attributes) };
        var isTuple = false;
        while (TakeIf(","))
        {
            isTuple = true;
            if (Current.Is("in") || Current.Is("="))
            {
                break;
            }

            parts.Add(Target(attributes));
        }

        return isTuple ? new JinjaTarget(line, "", null, [.. parts]) : parts[0];
    }

    private JinjaTarget Target(bool attributes)
    {
        Enter();
        var line = Current.Line;
        JinjaTarget target;
        if (TakeIf("("))
        {
            target = Targets();
            TakeOperator(")");
        }
        else
        {
            var variable = TakeName("a name to assign to").Text;
            target = variable is "true" or "false" or "none" or "True" or "False" or "None"
                ? throw Error(tokens[at - 1], $"'{variable}' cannot be assigned to")
                : new JinjaTarget(line, variable, attributes && TakeIf(".") ? TakeName("an attribute").Text : null, null);
        }

        depth--;
        return target;
    }

    private void EndTag() => Take(K.BlockEnd, "'%}'");

    private JinjaToken TakeName(string expected) => Take(K.Name, expected);

    private JinjaToken Take(K kind, string expected)
    {
        var token = Current;
        if (token.Kind != kind)
        {
            throw Error(token, $"found {Shown(token)}; expected {expected}");
        }

        at++;
        return token;
    }

    private void TakeOperator(string text)
    {
        if (!TakeIf(text))
        {
            throw Error(Current, $"found {Shown(Current)}; expected '{text}'");
        }
    }

    private bool TakeIf(string text)
    {
        if (!Current.Is(text))
        {
            return false;
        }

        at++;
        return true;
    }

    private void Enter()
    {
        if (++depth > limits.Depth)
        {
            throw Error(Current, $"the template is nested more than {limits.Depth} deep");
        }
    }

    private JinjaException Error(JinjaToken token, string message) => new(name, token.Line, message);

    private static string Shown(JinjaToken token) => token.Kind switch
    {
        K.End => "the end of the template",
        K.VariableEnd => "'}}'",
        K.BlockEnd => "'%}'",
        K.String => "a string",
        _ => $"'{token.Text}'",
    };
}
