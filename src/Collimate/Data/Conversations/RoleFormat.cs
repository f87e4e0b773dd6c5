namespace Collimate.Data.Conversations;

/// <summary>What a template writes around the words of a role.</summary>
/// <param name="Before">Opens the turn; a marker, never trained on.</param>
/// <param name="End">Closes the words. After an answer it is part of the answer, so that the model learns to stop.</param>
/// <param name="After">Stands between this turn and the next; never trained on.</param>
/// <param name="LeadingSpace">
/// Whether the words are trimmed and get one space before them (taken off again when an answer is read). In byte-level vocabularies " dog" and "dog" are
/// different tokens; with the space, a word is the same token wherever it stands.
/// </param>
public sealed record RoleFormat(string Before = "", string End = "", string After = "", bool LeadingSpace = false);
