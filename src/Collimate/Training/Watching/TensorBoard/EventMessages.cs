namespace Collimate.Training.Watching.TensorBoard;

/// <summary>The few kinds of TensorBoard's <c>Event</c> message that a training writes.</summary>
/// <remarks>Sources of the field numbers: <c>event.proto</c>, <c>summary.proto</c> and <c>tensor.proto</c> below <c>tensorboard/compat/proto</c>.</remarks>
internal static class EventMessages
{
    private const long StringType = 7; // DT_STRING
    private const long Start = 1;      // SessionLog.START

    /// <summary>The first event of every file.</summary>
    public static WireMessage Version(double time) => new WireMessage().Add(1, time).Add(3, "brain.Event:2");

    /// <summary>A process begins to write at a step: what earlier files say of that step and those after it no longer holds.</summary>
    public static WireMessage SessionStart(double time, long step) =>
        Event(time, step).Add(7, new WireMessage().Add(1, Start));

    /// <summary>Numbers of a step, each under its tag.</summary>
    public static WireMessage Scalars(double time, long step, IEnumerable<(string Tag, double Value)> scalars)
    {
        var summary = new WireMessage();
        foreach (var (tag, value) in scalars)
        {
            summary.Add(1, new WireMessage().Add(1, tag).Add(2, (float)value));
        }

        return Event(time, step).Add(5, summary);
    }

    /// <summary>A text in Markdown, for the plugin <c>text</c>: a string tensor of one element.</summary>
    public static WireMessage Text(double time, long step, string tag, string markdown)
    {
        var shape = new WireMessage().Add(2, new WireMessage().Add(1, 1L));
        var tensor = new WireMessage().Add(1, StringType).Add(2, shape).Add(8, markdown);
        var metadata = new WireMessage().Add(1, new WireMessage().Add(1, "text"));
        var value = new WireMessage().Add(1, $"{tag}/text_summary").Add(8, tensor).Add(9, metadata);
        return Event(time, step).Add(5, new WireMessage().Add(1, value));
    }

    private static WireMessage Event(double time, long step) => new WireMessage().Add(1, time).Add(2, step);
}
