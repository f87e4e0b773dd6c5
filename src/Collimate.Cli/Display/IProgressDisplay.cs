namespace Collimate.Cli.Display;

/// <summary>Shows how far a long job is. Safe to call from any thread and as often as one likes; the display decides when to draw.</summary>
internal interface IProgressDisplay
{
    /// <summary>Begins a job.</summary>
    /// <param name="title">What is being done, such as a stage's name.</param>
    /// <param name="total">How many units there are; 0 where nobody knows.</param>
    /// <param name="unit">What is counted, in the plural: <c>steps</c>.</param>
    void Start(string title, long total, string unit);

    /// <summary>Says how far it is.</summary>
    /// <param name="done">Units done since the start.</param>
    /// <param name="details">What else is worth seeing, such as <c>loss 1.234</c>.</param>
    void Report(long done, string details = "");

    /// <summary>Prints a line that stays, without disturbing the display.</summary>
    void Note(string text);

    /// <summary>Ends the job and leaves one line that sums it up. Without a job it does nothing.</summary>
    void Finish();
}
