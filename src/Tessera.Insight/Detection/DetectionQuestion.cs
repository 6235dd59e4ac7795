namespace Tessera.Insight.Detection;

/// <summary>What a detector is asked about a text.</summary>
public enum DetectionQuestion
{
    /// <summary>Was the text among what the model learnt from?</summary>
    Membership = 0,

    /// <summary>Was the text written by a model?</summary>
    MachineText = 1,
}
