namespace Collimate.Cli;

/// <summary>Options that the parser accepts one by one but that make no sense together or as they are.</summary>
/// <param name="message">Which option, what was found, what would be right.</param>
internal sealed class UsageException(string message) : CollimateException(message);
