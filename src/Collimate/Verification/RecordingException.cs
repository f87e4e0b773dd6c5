namespace Collimate.Verification;

/// <summary>A folder of recorded numbers is incomplete, damaged, or does not fit its checkpoint; the message names the file and what would be right.</summary>
/// <param name="message">Which file, what was found, what was expected, how to mend it.</param>
/// <param name="inner">What led to it.</param>
public sealed class RecordingException(string message, Exception? inner = null) : CollimateException(message, inner);
