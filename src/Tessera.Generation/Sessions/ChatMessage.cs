namespace Tessera.Generation;

/// <summary>One message of a conversation.</summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>user</c>, <c>assistant</c>, or whatever else the model's template knows.</param>
/// <param name="Content">What is said.</param>
public sealed record ChatMessage(string Role, string Content)
{
    /// <summary>An instruction to the model.</summary>
    /// <param name="content">What it says.</param>
    public static ChatMessage System(string content) => new("system", content);

    /// <summary>What a user says.</summary>
    /// <param name="content">What it says.</param>
    public static ChatMessage User(string content) => new("user", content);

    /// <summary>What the model says.</summary>
    /// <param name="content">What it says.</param>
    public static ChatMessage Assistant(string content) => new("assistant", content);
}
