namespace Collimate.Data.Conversations.Jinja;

/// <summary>What a token of a template is.</summary>
internal enum JinjaTokenKind
{
    Data,
    VariableBegin,
    VariableEnd,
    BlockBegin,
    BlockEnd,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
}

/// <summary>A token of a template.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text; of a string, the characters it stands for.</param>
/// <param name="Line">Where it begins, from 1.</param>
internal readonly record struct JinjaToken(JinjaTokenKind Kind, string Text, int Line)
{
    internal bool Is(string text) => Text == text && Kind is JinjaTokenKind.Operator or JinjaTokenKind.Name && Text == text;
}
