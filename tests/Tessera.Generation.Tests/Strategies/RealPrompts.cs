namespace Tessera.Generation.Tests.Strategies;

/// <summary>Twenty prompts of many kinds for a real model.</summary>
internal static class RealPrompts
{
    public static string[] All { get; } =
    [
        "Why is the sky blue?",
        "Write a haiku about the sea.",
        "Name three fruits and say what colour they have.",
        "Repeat: one two three four five six seven eight nine ten.",
        "Write a Python function that adds two numbers.",
        "What is 12 times 12?",
        "Tell a story about a fox and a crow.",
        "Translate into French: good morning, my friend.",
        "Copy this line word for word: the quick brown fox jumps over the lazy dog and the quick brown fox runs away.",
        "List the days of the week.",
        "Explain what a token is.",
        "Write an e-mail that declines an invitation.",
        "Summarise: The ship left the harbour at dawn. The wind was strong. By noon the ship was back in the harbour.",
        "Count from 1 to 30.",
        "What is the capital of Norway?",
        "Give me a recipe for pancakes.",
        "Write a JSON object with a name and an age.",
        "Who wrote Hamlet?",
        "Complete: roses are red, violets are",
        "How do I boil an egg?",
    ];
}
