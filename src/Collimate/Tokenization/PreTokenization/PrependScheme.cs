namespace Collimate.Tokenization.PreTokenization;

/// <summary>Which pieces get the visible blank in front.</summary>
internal enum PrependScheme
{
    /// <summary>Every piece between special tokens.</summary>
    Always,

    /// <summary>The one that the text begins with.</summary>
    First,

    /// <summary>None.</summary>
    Never,
}
