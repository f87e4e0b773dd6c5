namespace Collimate.Tokenization;

/// <summary>A tokenizer's files are absent, damaged, ask for something that is not supported, or contradict each other.</summary>
/// <param name="message">Which file and key, what was found, what was expected.</param>
/// <param name="inner">What led to it.</param>
public sealed class TokenizerException(string message, Exception? inner = null) : CollimateException(message, inner);
