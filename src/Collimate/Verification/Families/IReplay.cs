namespace Collimate.Verification;

/// <summary>A family's model, loaded, with the knowledge of what recordings of that family call the values it computes.</summary>
internal interface IReplay : IDisposable
{
    /// <summary>Computes every recorded value that this family has, and hands it in.</summary>
    void Run(Replayed run);
}
