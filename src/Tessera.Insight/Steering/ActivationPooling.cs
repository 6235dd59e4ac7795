namespace Tessera.Insight.Steering;

/// <summary>Which of a text's rows stand for the text.</summary>
public enum ActivationPooling
{
    /// <summary>The row of the last token: what the model knows when it goes on.</summary>
    LastToken = 0,

    /// <summary>The mean of all rows.</summary>
    MeanOfTokens = 1,
}
