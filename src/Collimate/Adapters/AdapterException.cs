namespace Collimate.Adapters;

/// <summary>Adapters that do not fit their model: a pattern that matches nothing, or a layer that cannot be adapted.</summary>
/// <param name="message">What is wrong, what was expected and how to mend it.</param>
/// <param name="inner">What led to it.</param>
public sealed class AdapterException(string message, Exception? inner = null) : CollimateException(message, inner);
